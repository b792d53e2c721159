import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type ExportFormat, exportFormatSchema } from '../../src-main/engine/journal/export'
import { exportQuery } from '../../src-main/engine/journal/export-columns'
import { openLedger } from '../../src-main/engine/journal/ledger'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import type { Benchmark, BenchPlaces } from './benchmark'
import { syntheticRun, syntheticStep } from './synthetic-decisions'

/** Decisions committed in one transaction while the ledger is filled. */
const decisionsPerCommit = 2_000
const memoryPollMs = 50

const optionsSchema = z.object({ decisions: z.coerce.number().int().positive() })

/**
 * Export of many journalled decisions, each format by the program's own `export` command in a process of its own, beside
 * the `sqlite3` command's CSV export of the same rows and columns. SQLite's is run before and after the others and its
 * faster time counts; without that command its time and the ratios are null.
 */
export const benchmark: Benchmark = {
  name: 'export',
  summary: 'one million decisions written, verified and exported, beside the sqlite3 command (--decisions N)',
  run: async (args, places) => {
    const { values } = parseArgs({ args: [...args], options: { decisions: { type: 'string', default: '1000000' } } })
    const { decisions } = optionsSchema.parse(values)
    const home = join(places.scratchDir, 'home')
    const writeMs = fill(home, decisions)
    const before = await sqliteCsv(home, places)
    const formats: Partial<Record<ExportFormat, FormatFigures>> = {}
    for (const format of exportFormatSchema.options) formats[format] = await exportOnce(home, format, decisions, places)
    const after = await sqliteCsv(home, places)
    const sqlite3CsvMs = before === null || after === null ? null : Math.min(before, after)
    const ratio = ({ ms }: FormatFigures) =>
      sqlite3CsvMs === null ? null : Math.round((100 * ms) / sqlite3CsvMs) / 100
    return {
      decisions,
      writePerSecond: Math.round((1000 * decisions) / writeMs),
      ledgerBytes: statSync(join(home, 'ledger.db')).size,
      sqlite3CsvMs,
      ...Object.fromEntries(
        Object.entries(formats).map(([name, figures]) => [name, { ...figures, ratio: ratio(figures) }]),
      ),
      verifyMs: verify(home),
    }
  },
}

interface FormatFigures {
  readonly ms: number
  readonly bytes: number
  /** Highest resident memory of the exporting process; null where the system does not tell. */
  readonly peakRssBytes: number | null
}

/** Fills a ledger through the real writer; returns the time spent in its commits. */
function fill(dir: string, decisions: number): number {
  const opened = openLedger({ dir, clock: Date.now })
  if (!opened.ok) throw new Error(opened.problem.message)
  const ledger = opened.value
  let writeMs = 0
  const commit = (entry: Parameters<typeof ledger.commit>[0]) => {
    const startedMs = performance.now()
    const committed = ledger.commit(entry)
    writeMs += performance.now() - startedMs
    if (!committed.ok) throw new Error(committed.problem.message)
  }
  commit({ events: [syntheticRun()], measurements: [] })
  for (let first = 0; first < decisions; first += decisionsPerCommit) {
    const count = Math.min(decisionsPerCommit, decisions - first)
    const steps = Array.from({ length: count }, (_, index) => syntheticStep(first + index))
    commit({ events: steps.flatMap(({ events }) => events), measurements: steps.map(({ measurement }) => measurement) })
  }
  ledger.close()
  return writeMs
}

async function exportOnce(
  home: string,
  format: ExportFormat,
  decisions: number,
  { programsDir, scratchDir }: BenchPlaces,
): Promise<FormatFigures> {
  const out = join(scratchDir, `decisions.${format}`)
  const words = [join(programsDir, 'cli.js'), 'export', '--format', format, '--out', out, '--json']
  const env = { ...process.env, QUARTET_HOME: home }
  const { ms, peakRssBytes, stdout } = await timed(process.execPath, words, { env })
  const report = z.object({ rows: z.int(), bytes: z.int() }).parse(JSON.parse(stdout))
  if (report.rows !== decisions) throw new Error(`The ${format} export has ${report.rows} rows instead of ${decisions}`)
  rmSync(out)
  return { ms, bytes: report.bytes, peakRssBytes }
}

/** Time of `sqlite3 -csv -header` writing the same rows and columns to a file; null when it is not installed. */
async function sqliteCsv(home: string, { scratchDir }: BenchPlaces): Promise<number | null> {
  const out = join(scratchDir, 'sqlite3.csv')
  const stdoutFile = openSync(out, 'w')
  try {
    const words = ['-readonly', '-csv', '-header', join(home, 'ledger.db'), exportQuery]
    return (await timed('sqlite3', words, { stdoutFile })).ms
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  } finally {
    closeSync(stdoutFile)
    rmSync(out, { force: true })
  }
}

function verify(home: string): number {
  const reader = openLedgerReader(home)
  if (!reader.ok) throw new Error(reader.problem.message)
  const startedMs = performance.now()
  const verification = reader.value.verify()
  const ms = Math.round(performance.now() - startedMs)
  reader.value.close()
  if (!verification.ok) throw new Error(verification.firstBroken.message)
  return ms
}

interface TimedOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly stdoutFile?: number
}

/** Runs a program to its end, start-up included, and watches its memory. */
function timed(program: string, words: readonly string[], { env = process.env, stdoutFile }: TimedOptions) {
  return new Promise<{ ms: number; peakRssBytes: number | null; stdout: string }>((resolve, reject) => {
    const startedMs = performance.now()
    const child = spawn(program, words, { env, stdio: ['ignore', stdoutFile ?? 'pipe', 'inherit'] })
    let stdout = ''
    let peakRssBytes: number | null = null
    const poll = setInterval(() => {
      peakRssBytes = highWaterMark(child.pid) ?? peakRssBytes
    }, memoryPollMs)
    child.stdout?.on('data', (chunk) => {
      stdout += String(chunk)
    })
    child.once('error', (error) => {
      clearInterval(poll)
      reject(error)
    })
    child.once('close', (code) => {
      clearInterval(poll)
      if (code === 0) resolve({ ms: Math.round(performance.now() - startedMs), peakRssBytes, stdout })
      else reject(new Error(`${program} ${words.slice(0, 4).join(' ')} ended with ${code}`))
    })
  })
}

/** The kernel's own record of a process's highest resident memory (Linux). */
function highWaterMark(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
