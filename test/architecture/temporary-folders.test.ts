/** Tests leave nothing behind: one helper makes their folders, and removes them also where a test fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rootDir } from '../helpers/repository'

/** The helper itself, and the benchmarks, which run without the test runner and remove their one folder at their end. */
const makers = ['bench/main.ts', 'helpers/temporary-folder.ts']

test('every temporary folder of a test is made by the helper that removes it', () => {
  const folder = join(rootDir, 'test')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
  const others = files.filter((name) => /\bmkdtemp(Sync)?\b/.test(readFileSync(join(folder, name), 'utf8')))
  expect(others.map((name) => name.replaceAll('\\', '/')).sort()).toEqual(makers)
})
