/** What the built programs load: walked import by import, as Node would, lazy ones included. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const outDir = fileURLToPath(new URL('../../out', import.meta.url))

const importOf = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\(\s*)["']([^"'\n]+)["']/g

interface Reached {
  /** Built files, relative to out/. */
  readonly files: readonly string[]
  /** Packages and Node's own modules, by their full specifier. */
  readonly packages: readonly string[]
}

function reachedFrom(program: string): Reached {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(importOf)) {
      if (!specifier.startsWith('.')) packages.add(specifier)
      else if (existsSync(join(dirname(file), specifier))) visit(join(dirname(file), specifier))
    }
  }
  visit(join(outDir, program))
  return { files: [...files].map((file) => relative(outDir, file)), packages: [...packages] }
}

/** Every module's path stands as a comment above its code, because nothing is minified. */
const sourcesOf = (file: string): string[] =>
  [...readFileSync(join(outDir, file), 'utf8').matchAll(/^\/\/#region (\S+)|^\/\/ (src-\S+)/gm)].map(
    ([, region = '', path = '']) => region || path,
  )

describe('the built engine, command line and model program are plain Node', () => {
  test.each(['main/engine.js', 'main/cli.js', 'main/inference.js', 'main/model-files.js', 'main/bench.js'])(
    '%s',
    (program) => {
      const { files, packages } = reachedFrom(program)
      expect(packages.filter((name) => /^electron($|\/)/.test(name))).toEqual([])
      expect(files.flatMap(sourcesOf).filter((source) => /^src-main\/(shell|preload|main\.ts)/.test(source))).toEqual(
        [],
      )
    },
  )

  test('which this walk would see: it finds electron and the shell in the desktop program', () => {
    const { files, packages } = reachedFrom('main/main.js')
    expect(packages).toContain('electron')
    expect(files.flatMap(sourcesOf)).toContain('src-main/shell/shell.ts')
  })

  test('and it follows lazy imports: the command line reaches the ledger', () => {
    expect(reachedFrom('main/cli.js').packages).toContain('better-sqlite3')
  })
})

test('a sandboxed preload can load it: one CommonJS file that asks for electron alone', () => {
  const { files, packages } = reachedFrom('preload/preload.cjs')
  expect([files, packages]).toEqual([['preload/preload.cjs'], ['electron']])
})

test('only the model programs load llama.cpp', () => {
  expect(reachedFrom('main/engine.js').packages).not.toContain('node-llama-cpp')
  expect(reachedFrom('main/inference.js').packages).toContain('node-llama-cpp')
  expect(reachedFrom('main/model-files.js').packages).toContain('node-llama-cpp')
})
