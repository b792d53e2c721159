/**
 * `npm run -s bench -- NAME [WORDS] [--json]`: runs one benchmark and prints its document, as a table or as exactly one
 * JSON document. To add one: write its file beside this one and list it here.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark'
import { documentLines } from './document-lines'

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  decision: async () => (await import('./decision')).decision,
  answers: async () => (await import('./answers')).answers,
  starter: async () => (await import('./starter')).starter,
  inference: async () => (await import('./inference')).inference,
  live: async () => (await import('./live')).live,
  backtest: async () => (await import('./backtest')).backtest,
  export: async () => (await import('./export')).benchmark,
}

const exitCode = { done: 0, failed: 1, usage: 2 } as const

/** This file is built into the folder of the programs, two levels below the root of the checkout. */
const programsDir = dirname(fileURLToPath(import.meta.url))
const rootDir = dirname(dirname(programsDir))

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const [name, ...args] = words.filter((word) => word !== '--json')
  const load = name === undefined ? undefined : benchmarks[name]
  if (!load) {
    process.stderr.write(await usage(name))
    return exitCode.usage
  }
  const scratchDir = mkdtempSync(join(tmpdir(), 'quartet-bench-'))
  process.once('exit', () => rmSync(scratchDir, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exitCode.failed))
  try {
    const benchmark = await load()
    const places = { rootDir, resourcesDir: join(rootDir, 'resources'), programsDir, scratchDir }
    const document = await benchmark.run(args, places)
    const lines = words.includes('--json') ? [JSON.stringify(document, null, 2)] : documentLines(document)
    process.stdout.write(`${lines.join('\n')}\n`)
    return exitCode.done
  } catch (error) {
    process.stderr.write(`bench ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return exitCode.failed
  }
}

async function usage(name: string | undefined): Promise<string> {
  const all = await Promise.all(Object.values(benchmarks).map((load) => load()))
  const first = name === undefined ? 'Name a benchmark' : `There is no benchmark "${name}"`
  const list = all.map((benchmark) => `  ${benchmark.name.padEnd(12)} ${benchmark.summary}\n`)
  return `${first}. These exist:\n${list.join('')}Usage: npm run -s bench -- NAME [--json]\n`
}
