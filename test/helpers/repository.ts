import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, also for test code that was built into another folder of it. */
export const rootDir = findRoot(dirname(fileURLToPath(import.meta.url)))
export const resourcesDir = join(rootDir, 'resources')

function findRoot(dir: string): string {
  if (existsSync(join(dir, 'package.json'))) return dir
  const parent = dirname(dir)
  if (parent === dir) throw new Error('This is no checkout: there is no package.json above')
  return findRoot(parent)
}
