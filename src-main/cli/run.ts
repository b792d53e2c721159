import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { FillSource } from '@shared/contract/market-data'
import type { Slot } from '@shared/contract/model'
import { success } from '@shared/contract/outcome'
import type { DeskChange } from '../engine/desk/desk'
import type { ReplaySpeed } from '../engine/market/venue'
import { openEngineHere } from '../engine/open-here'
import type { Places } from '../engine/places'
import { decisionLine } from './decision-line'
import { exchangeUrlOf } from './exchange-url'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note, print, table } from './output'
import { openPracticeMarket } from './practice-market'
import type { VenueWord } from './venue-word'

export interface RunOptions {
  readonly venue: VenueWord
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from?: number
  readonly to?: number
  readonly speed: ReplaySpeed
  readonly candles?: string
  readonly fills: FillSource
  readonly news?: string
  readonly model?: Slot
  readonly exchangeUrl?: string
  readonly printDecisions: boolean
  readonly json: boolean
}

/** Runs the desk over the asked window, or continues the same run where an interruption left it. */
export async function run(places: Places, options: RunOptions): Promise<number> {
  const startedAt = performance.now()
  const interruption = watchInterruption()
  const { venue } = options
  if (venue !== 'replay' && options.fills !== 'candles') {
    const message = `--fills ${options.fills} reads recordings; a market that goes on tells its trades and books itself. Leave it out.`
    return failWith({ code: 'wrong_usage', message })
  }
  const market = venue === 'practice' ? await openPracticeMarket(places, options) : success(null)
  if (!market.ok) return failWith(market.problem)
  const opened = await openEngineHere(places, market.value?.clock)
  if (!opened.ok) return failWith(opened.problem)
  const engine = opened.value
  try {
    const started = await engine.startRun({
      venue: venue === 'practice' ? 'binance' : venue,
      symbols: options.symbols,
      timeframe: options.timeframe,
      fromMs: options.from ?? null,
      toMs: options.to ?? null,
      modelPreference: options.model ?? null,
      candlesDir: options.candles ?? places.sampleDataDir,
      speed: options.speed,
      fills: options.fills,
      newsFile: options.news ?? null,
      ...exchangeUrlOf(options),
      ...market.value?.request,
    })
    if (!started.ok) return failWith(started.problem)
    const { runId, resumed, desk } = started.value
    for (const notice of started.value.notices) note(notice)
    if (resumed) note(`Continuing this run after ${desk.status().decisions} decisions.`)
    if (options.printDecisions) desk.subscribe(printDecisions)
    market.value?.begin()
    const ended = await desk.run(interruption.signal)
    if (!ended.ok) return failWith(ended.problem)
    const wallMs = Math.round(performance.now() - startedAt)
    const totals = engine.runTotals(runId)
    const { equityStart, equity, feesPaid } = desk.status().account
    const decidedNow = desk.status().decisions - started.value.decisionsBefore
    const summary = {
      runId,
      finished: ended.value === 'finished',
      ...totals,
      equityStart,
      equityEnd: equity,
      feesPaid,
      wallMs,
      decisionsPerSecond: Math.round((decidedNow / Math.max(wallMs, 1)) * 1e5) / 100,
      answers: engine.answerCounts(),
      journal: engine.chainHead(),
    }
    print(options.json, summary, () => [
      ended.value === 'finished' ? 'The run is finished.' : 'The run was stopped; the same command continues it.',
      ...table(Object.entries(summary).map(([name, value]) => [name, shown(value)])),
    ])
    return interruption.exitCode() ?? exitCode.done
  } finally {
    await engine.close()
    await market.value?.close()
  }
}

function printDecisions(change: DeskChange): void {
  for (const event of change.events) if (event.type === 'decision.made') note(decisionLine(event.payload))
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
