import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import { success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { judge } from '@shared/rules/teacher'
import { paperFloor } from '../../src-main/engine/broker/paper-floor'
import { openDesk } from '../../src-main/engine/desk/desk'
import { assumedRules } from '../../src-main/engine/market/exchange-rules'
import type { Venue } from '../../src-main/engine/market/venue'
import { recordedCandles } from './recorded-candles'

export interface RecordedRunOptions {
  readonly fromMs: number
  /** Hourly candles per pair. */
  readonly hours: number
  readonly settings?: Settings
}

const pairs = [
  ['BTC/USDT', 'BTCUSDT'],
  ['ETH/USDT', 'ETHUSDT'],
] as const
const hourMs = 3_600_000
const warmUpHours = 300

/** The settings of `recordedRun`: larger positions than the product's, so that a short stretch has something to show. */
export const recordedRunSettings: Settings = settingsSchema.parse({ risk: { maxPositionPct: 0.3, minConfidence: 0.6 } })

/**
 * The journal of a whole run: the real desk, risk and paper exchange over the bundled candles of BTC and ETH, deciding
 * by the rules that taught the starter model.
 */
export async function recordedRun({ fromMs, hours, settings = recordedRunSettings }: RecordedRunOptions) {
  const spec: RunSpec = {
    venue: 'replay',
    symbols: pairs.map(([symbol]) => symbol),
    timeframe: '1h',
    fromMs,
    toMs: fromMs + hours * hourMs,
    modelPreference: null,
    dataHash: null,
    settings,
  }
  const runId = 'recorded-run'
  const started = {
    type: 'run.started',
    atMs: fromMs,
    payload: { runId, ordinal: 1, spec, startingCash: settings.broker.startingCash },
  } satisfies JournalEvent
  const events: JournalEvent[] = [started]
  const desk = openDesk({
    runId,
    spec,
    history: events,
    venue: recordedVenue(fromMs, hours),
    floor: paperFloor({ runId, timeframe: '1h', settings, rulesOf: assumedRules }),
    journal: {
      commit(step) {
        events.push(...step.events)
        return success({ events: events.length, head: '0'.repeat(64) })
      },
    },
    async decide({ context }) {
      const { action, probabilities } = judge(context)
      return success({
        action,
        probabilities,
        confidence: probabilities[action],
        orderBias: null,
        conviction: null,
        askedExits: null,
        rationale: '',
        routedTo: 'deepseek',
        servedBy: 'starter',
        routeReason: 'no rule fired',
        hops: [],
        model: {
          modelHash: 'f'.repeat(64),
          quantization: '',
          backend: 'rules',
          llamaCppRelease: '',
          promptVersion: 'rules-1',
          seed: 7,
          temperature: 0,
        },
        tokens: { input: 0, output: 0 },
        exitSource: 'rule',
        latencyMs: 0,
        rationaleMs: 0,
      })
    },
    calibrate: () => null,
    wallClock: () => 0,
  })
  const ended = await desk.run(new AbortController().signal)
  if (!ended.ok) throw new Error(ended.problem.message)
  return { events, account: desk.status().account }
}

function recordedVenue(fromMs: number, hours: number): Venue {
  const candles = new Map<MarketSymbol, readonly Candle[]>()
  const warmUps = new Map<MarketSymbol, readonly Candle[]>()
  for (const [symbol, pair] of pairs) {
    const all = recordedCandles(pair, fromMs - warmUpHours * hourMs, warmUpHours + hours)
    warmUps.set(
      symbol,
      all.filter(({ openTimeMs }) => openTimeMs < fromMs),
    )
    candles.set(
      symbol,
      all.filter(({ openTimeMs }) => openTimeMs >= fromMs && openTimeMs < fromMs + hours * hourMs),
    )
  }
  const updates = [...candles]
    .flatMap(([symbol, own]) => own.map((candle): MarketUpdate => ({ symbol, timeframe: '1h', candle, anomalies: [] })))
    .toSorted((a, b) => a.candle.openTimeMs - b.candle.openTimeMs || (a.symbol < b.symbol ? -1 : 1))
  return {
    symbols: pairs.map(([symbol]) => symbol),
    timeframe: '1h',
    dataHash: null,
    warmUp: (symbol) => warmUps.get(symbol) ?? [],
    async *updates() {
      yield* updates
    },
    problem: () => null,
    trailing: () => [],
    close: async () => undefined,
  }
}
