import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { SampleStretch } from '../../src-main/engine/market/sample'
import { inferenceProcesses } from '../helpers/processes'

export interface DeskFigures {
  /** From the start of the process to the first decision that the journal has acknowledged. */
  readonly coldStartMs: number
  /** Over all decisions after the first, each with its rationale, its paper trade and its transaction. */
  readonly decisionsPerSecond: number
  /** Resident memory near the end of the run; null where the system does not tell (only Linux is asked). */
  readonly rssBytes: { readonly engine: number | null; readonly inference: number | null }
}

/** A printed decision ends with its id; the line appears once the journal has it. */
const decisionLine = /\[[0-9a-f-]{36}\]$/

/** Runs the real command line over a stretch of the bundled market in a new data folder. */
export async function runDesk(cliProgram: string, stretch: SampleStretch, dataDir: string): Promise<DeskFigures> {
  const { symbols, timeframe, fromMs, toMs } = stretch
  const window = ['--from', new Date(fromMs).toISOString(), '--to', new Date(toMs).toISOString()]
  const words = [
    'run',
    '--symbols',
    symbols.join(','),
    '--timeframe',
    timeframe,
    ...window,
    '--print-decisions',
    '--json',
  ]
  const startedAt = performance.now()
  const desk = spawn(process.execPath, [cliProgram, ...words], {
    env: { ...process.env, QUARTET_HOME: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(desk, 'exit')
  const seenAt: number[] = []
  const otherLines: string[] = []
  let rssBytes: DeskFigures['rssBytes'] = { engine: null, inference: null }
  for await (const line of createInterface({ input: desk.stderr })) {
    if (!decisionLine.test(line)) {
      otherLines.push(line)
      continue
    }
    seenAt.push(performance.now())
    if (seenAt.length % decisionsPerLook === 0) rssBytes = residentMemory(desk.pid)
  }
  const [code] = await ended
  const [first, last] = [seenAt[0], seenAt.at(-1)]
  if (code !== 0 || first === undefined || last === undefined) {
    throw new Error(`The desk ended with code ${code} after ${seenAt.length} decisions: ${otherLines.join(' ')}`)
  }
  return {
    coldStartMs: first - startedAt,
    decisionsPerSecond: (seenAt.length - 1) / ((last - first) / 1000),
    rssBytes,
  }
}

/** A look at the memory takes time itself. */
const decisionsPerLook = 50

function residentMemory(enginePid: number | undefined): DeskFigures['rssBytes'] {
  if (enginePid === undefined || process.platform !== 'linux') return { engine: null, inference: null }
  const [inferencePid] = inferenceProcesses(enginePid)
  return {
    engine: residentBytes(enginePid),
    inference: inferencePid === undefined ? null : residentBytes(inferencePid),
  }
}

function residentBytes(pid: number): number | null {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}
