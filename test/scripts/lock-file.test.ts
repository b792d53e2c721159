import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const entrySchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  optional: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
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

/**
 * Programs of platforms whose packages the registry at hand did not carry when the lock file was written. Who can reach
 * one of them writes its `npm view NAME@VERSION dist.integrity` into the lock file and takes it off this list.
 */
const withoutHash = [
  ...['android-arm64', 'android-x64', 'darwin-arm64', 'darwin-x64'].map((build) => `@biomejs/cli-${build}`),
  ...['linux-arm64-musl', 'linux-x64-musl', 'win32-arm64', 'win32-x64'].map((build) => `@biomejs/cli-${build}`),
  ...['linux-riscv64', 'mac-arm64-metal', 'mac-x64', 'win-arm64'].map((build) => `@node-llama-cpp/${build}`),
  ...['win-x64', 'win-x64-cuda', 'win-x64-cuda-ext', 'win-x64-vulkan'].map((build) => `@node-llama-cpp/${build}`),
  ...['android-arm64', 'darwin-arm64', 'darwin-x64', 'freebsd-x64'].map((build) => `@tailwindcss/oxide-${build}`),
  ...['linux-arm-gnueabihf', 'wasm32-wasi', 'win32-arm64-msvc', 'win32-x64-msvc'].map(
    (build) => `@tailwindcss/oxide-${build}`,
  ),
]

test('npm checks every package against its hash, but for the named programs of other platforms', () => {
  const installed = Object.entries(packages).filter(([place, entry]) => place !== '' && entry.link !== true)
  const unchecked = installed.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))
  expect(unchecked.map(([place]) => place)).toEqual(withoutHash.map((name) => `node_modules/${name}`))
  const everywhere = unchecked.filter(([, entry]) => entry.optional !== true || entry.cpu === undefined)
  expect(everywhere, 'one of them would be installed on every platform').toEqual([])
})
