import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { FillSource } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import type { Calibrator } from '@shared/rules/calibration'
import { type Account, equityOf } from '../../broker/account'
import { applyEvent } from '../../broker/account-fold'
import { paperFloor } from '../../broker/paper-floor'
import { type DeskDecider, openDesk } from '../../desk/desk'
import type { DeskNews } from '../../desk/news-reading'
import type { WallClock } from '../../market/clock'
import { openReplayVenue } from '../../market/replay-venue'
import { trackEquity } from '../report/equity-track'
import type { KnownModel } from '../report/recorded-models'
import type { TradingRecord } from '../report/trading-record'
import { tradingRecordOfJournal } from '../report/trading-record-of-journal'
import { positionsValueOf } from '../report/trading-recorder'
import { figuresOfSpan, type Span, type SpanFigures } from './span'
import { type TradedWindows, tradesByWindow } from './traded-windows'

/** What all spans have in common that the desk itself trades: those of models and of a trader's own module. */
export interface DeskMarket {
  readonly dir: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly inside: boolean
  readonly fills: FillSource
  /** Recorded headlines, read once; how long they count is a setting of the span. */
  readonly news: DeskNews | null
  /** Who decides, as the record names it. */
  readonly policy: string
  /** Begins to decide under these settings: what a module remembers begins anew. */
  openDecider(settings: Settings): Promise<Outcome<SpanDecider>>
  readonly calibrate: Calibrator
  readonly knownModel: (modelHash: string) => KnownModel | null
  rulesOf(symbol: MarketSymbol): SymbolRules
  readonly clock: WallClock
}

export interface SpanDecider {
  readonly decide: DeskDecider
  close(): Promise<void>
}

export interface DeskSpanOptions {
  readonly signal: AbortSignal
  progress?(done: number, all: number): void
}

/** Each span from a fresh account, one after the other; null where it was interrupted. */
export async function deskSpans(
  market: DeskMarket,
  spans: readonly Span[],
  { signal, progress }: DeskSpanOptions,
): Promise<Outcome<readonly SpanFigures[] | null>> {
  const figures: SpanFigures[] = []
  for (const span of spans) {
    const run = await runSpan(market, span, null, signal)
    if (!run.ok) return run
    if (run.value === null) return success(null)
    const record = recordOf(market, span.settings, run.value.events)
    if (!record.ok) return record
    figures.push(figuresOfSpan(span, record.value))
    progress?.(figures.length, spans.length)
  }
  return success(figures)
}

/** The windows one after the other with one account, as `tradeWindows` trades them; null where it was interrupted. */
export async function deskWindows(
  market: DeskMarket,
  windows: readonly Span[],
  { signal }: DeskSpanOptions,
): Promise<Outcome<TradedWindows | null>> {
  const events: JournalEvent[] = []
  const traded: (Span & Pick<SpanFigures, 'netReturn' | 'drawdown'>)[] = []
  let carried: Carried | null = null
  for (const window of windows) {
    const run: Outcome<SpanRun | null> = await runSpan(market, window, carried ?? noStanding, signal)
    if (!run.ok) return run
    if (run.value === null) return success(null)
    events.push(...run.value.events)
    traded.push({ ...window, netReturn: run.value.netReturn, drawdown: run.value.drawdown })
    carried = run.value
  }
  const [first] = windows
  if (first === undefined || !events.some(({ type }) => type === 'decision.made')) return success(null)
  const record = recordOf(market, first.settings, events)
  if (!record.ok) return record
  const trades = tradesByWindow(record.value, traded)
  const spans = traded.map(({ settings: _settings, ...span }, place) => ({ ...span, trades: trades[place] ?? 0 }))
  return success({ record: record.value, spans })
}

/** What a window hands on to the next: the account, and the state of the desk. */
interface Carried {
  /** Null: a fresh one. */
  readonly account: Account | null
  readonly standing: readonly JournalEvent[]
}

const noStanding: Carried = { account: null, standing: [] }

interface SpanRun extends Carried {
  readonly events: readonly JournalEvent[]
  readonly netReturn: number
  readonly drawdown: number
}

const runId = 'backtest'

/** The desk over one span, with a journal in memory. `carried`: what goes on, also after the span's last candle. */
async function runSpan(
  market: DeskMarket,
  { settings, fromMs, toMs }: Span,
  carried: Carried | null,
  signal: AbortSignal,
): Promise<Outcome<SpanRun | null>> {
  const { dir, symbols, timeframe, inside, fills, clock, rulesOf } = market
  const venue = await openReplayVenue({ dir, symbols, timeframe, fromMs, toMs, inside, fills, speed: 'max', clock })
  if (!venue.ok) return venue
  const decider = await market.openDecider(settings)
  if (!decider.ok) return decider
  const floor = paperFloor({ runId, timeframe, settings, rulesOf })
  const begun = carried?.account ?? floor.openAccount()
  const going = carried === null ? floor : { ...floor, openAccount: () => begun, expire: () => [] }
  const equityStart = equityOf(begun).toNumber()
  const track = trackEquity({ startMs: fromMs, equityStart })
  const events: JournalEvent[] = []
  let account = begun
  try {
    const desk = openDesk({
      runId,
      spec: specOf(market, settings, { fromMs, toMs }),
      history: carried?.standing ?? [],
      venue: venue.value,
      floor: going,
      journal: {
        commit(step) {
          for (const event of step.events) {
            account = applyEvent(account, event)
            events.push(event)
            if (event.type !== 'decision.made') continue
            track.mark(event.payload.decidedAtMs, equityOf(account).toNumber(), positionsValueOf(account))
          }
          return success({ events: events.length, head: '0'.repeat(64) })
        },
      },
      decide: decider.value.decide,
      calibrate: market.calibrate,
      news: market.news === null ? null : { ...market.news, settings: settings.news },
      wallClock: clock.nowMs,
    })
    const ended = await desk.run(signal)
    if (!ended.ok) return ended
    if (ended.value === 'stopped') return success(null)
  } finally {
    await decider.value.close()
    await venue.value.close()
  }
  const netReturn = equityOf(account).toNumber() / equityStart - 1
  const standing = events.findLast((event) => event.type === 'desk.state')
  return success({
    ...{ events, account, netReturn, drawdown: track.end().drawdown.depth },
    standing: standing === undefined ? (carried?.standing ?? []) : [standing],
  })
}

function specOf(
  { symbols, timeframe, policy, fills }: DeskMarket,
  settings: Settings,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): RunSpec {
  return {
    ...{ venue: 'replay', symbols: [...symbols].sort(), timeframe, fromMs, toMs, modelPreference: null, settings },
    ...{ dataHash: null, policy },
    ...(fills === 'candles' ? {} : { fills }),
  }
}

function recordOf(market: DeskMarket, settings: Settings, events: readonly JournalEvent[]): Outcome<TradingRecord> {
  const spec = specOf(market, settings, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })
  const { startingCash } = settings.broker
  const started = { type: 'run.started', atMs: 0, payload: { runId, ordinal: 1, spec, startingCash } } as const
  const record = tradingRecordOfJournal([started, ...events], { knownModel: market.knownModel })
  if (!record.ok) return record
  const { policy, timeframe } = market
  return success({ ...record.value, origin: 'backtest', policy, title: `${policy}, ${timeframe}`, runId: null })
}
