import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const entrySchema = z.object({
  resolved: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
})

const lockSchema = z.object({ packages: z.record(z.string(), entrySchema) })

const file = fileURLToPath(new URL('../../package-lock.json', import.meta.url))
const { packages } = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')))

/** Node's way of looking a package up: beside the one that asks, then in each folder above it. */
function isFound(name: string, from: string): boolean {
  const above = from.lastIndexOf('/node_modules/')
  const place = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
  return place in packages || (from !== '' && isFound(name, above < 0 ? '' : from.slice(0, above)))
}

test('the lock file names every package of every platform: without one of them `npm ci` refuses to install', () => {
  const missing = Object.entries(packages).flatMap(([place, entry]) => {
    const names = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.devDependencies })
    return names.filter((name) => !isFound(name, place)).map((name) => `${place || 'package.json'} needs ${name}`)
  })
  expect(missing).toEqual([])
})

test('the lock file names no registry, so that each machine takes the packages from its own', () => {
  expect(Object.values(packages).filter((entry) => entry.resolved?.includes('://'))).toEqual([])
})
