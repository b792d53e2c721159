import { readFile } from 'node:fs/promises'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import type { ReplaySpeed } from '../engine/market/venue'
import type { Places } from '../engine/places'
import { type FaultPlan, faultPlanSchema } from '../practice/fault'
import { namedFaultPlans } from '../practice/fault-plans'
import { startLoadExchange } from '../practice/load-exchange'
import { type PracticeExchange, startPracticeExchange } from '../practice/practice-exchange'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note, print, utc } from './output'
import type { LoadSize } from './words'

export interface PracticeOptions {
  readonly candles?: string
  readonly symbols?: readonly string[]
  readonly from?: number
  readonly speed: ReplaySpeed
  readonly port: number
  readonly faults?: string
  readonly load?: LoadSize
  readonly json: boolean
}

/** Runs the practice exchange until it is told to stop. */
export async function practice(places: Places, options: PracticeOptions): Promise<number> {
  const interruption = watchInterruption('Closing the practice exchange.')
  const faults = await readFaults(options.faults)
  if (!faults.ok) return failWith(faults.problem)
  const started = await start(places, options, faults.value)
  if (!started.ok) return failWith(started.problem)
  const exchange = started.value
  try {
    const { url, streamUrl, controlToken, pairs } = exchange
    const marketTimeMs = exchange.clock.nowMs()
    print(options.json, { url, streamUrl, controlToken, pairs, marketTimeMs, speed: exchange.clock.speed() }, () => [
      `The practice exchange is open at ${url} (streams: ${streamUrl}).`,
      `${pairs.length === 1 ? pairs[0] : `${pairs.length} pairs`}; it is ${utc(marketTimeMs)} there.`,
      `Control: ${url}/practice/status with "Authorization: Bearer ${controlToken}".`,
    ])
    note('Ctrl-C closes it.')
    await aborted(interruption.signal)
    return exitCode.done
  } finally {
    await exchange.close()
  }
}

function start(places: Places, options: PracticeOptions, faults: FaultPlan): Promise<Outcome<PracticeExchange>> {
  const { port } = options
  if (options.load !== undefined) return startLoadExchange({ ...options.load, port, faults, wallMs: Date.now })
  return startPracticeExchange({
    candlesDir: options.candles ?? places.sampleDataDir,
    exchangeInfoPath: places.exchangeInfoPath,
    pairs: options.symbols?.map((symbol) => symbol.replace('/', '')) ?? null,
    startMs: options.from ?? null,
    // A market clock without end has no highest speed.
    speed: options.speed === 'max' ? fastest : options.speed,
    port,
    faults,
  })
}

const fastest = 3600

/** A plan by name, or a JSON file of `[{"afterMs": …, "fault": {"kind": …}}]`. */
async function readFaults(nameOrFile: string | undefined): Promise<Outcome<FaultPlan>> {
  if (nameOrFile === undefined) return success([])
  const named = namedFaultPlans[nameOrFile]
  if (named !== undefined) return success(named)
  const known = Object.keys(namedFaultPlans).join(', ')
  const text = await readFile(nameOrFile, 'utf8').catch(() => null)
  if (text === null) {
    return failure('fault_plan_missing', `"${nameOrFile}" is no fault plan (${known}) and no file that can be read.`)
  }
  const plan = faultPlanSchema.safeParse(parsedJson(text))
  return plan.success
    ? success(plan.data)
    : failure('fault_plan_broken', `${nameOrFile} is no fault plan: ${z.prettifyError(plan.error)}`)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
