import type { CalibrationMap } from '@shared/contract/calibration'
import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import type { MarketContext } from '@shared/contract/context'
import { type DecideAnswer, decideAnswer } from '@shared/contract/decide-answer'
import type { DecideRequest } from '@shared/contract/decide-request'
import type { DecisionMeasurement } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { Slot } from '@shared/contract/model'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { calibrator } from '@shared/rules/calibration'
import Decimal from 'decimal.js'
import { paperFloor } from './broker/paper-floor'
import { createContextBuilder } from './context/context-builder'
import { contextHash, recordDecision } from './desk/decision'
import { contentId } from './desk/identity'
import type { Gateway } from './gateway/gateway'
import type { LedgerWriter } from './journal/ledger'
import type { WallClock } from './market/clock'
import { openReplayVenue } from './market/replay-venue'
import { defaultWarmUpCandles } from './market/venue'
import { beginRun, findRun } from './runs'

/** A moment of recorded history that somebody asks about. */
export interface MomentRequest {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** The last candle closed by then is decided on. */
  readonly atMs: number
  readonly candlesDir: string
  readonly modelPreference: Slot | null
}

export interface QuestionsOptions {
  readonly ledger: LedgerWriter
  readonly decide: Gateway['decide']
  readonly settings: Settings
  readonly calibration: readonly CalibrationMap[]
  readonly clock: WallClock
  rulesOf(symbol: MarketSymbol): SymbolRules
}

/** Single decisions, outside any run over a market: asked, journalled and answered, never traded. */
export interface Questions {
  decide(request: DecideRequest): Promise<Outcome<DecideAnswer>>
  decideAt(request: MomentRequest): Promise<Outcome<DecideAnswer>>
}

const noPosition = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

export function createQuestions({
  ledger,
  decide,
  settings,
  calibration,
  clock,
  rulesOf,
}: QuestionsOptions): Questions {
  async function answer(
    context: MarketContext,
    preference: Slot | null,
    maxPositionPct: number,
  ): Promise<Outcome<DecideAnswer>> {
    const startedAt = performance.now()
    const asked = await decide({ context, preference })
    const spec = requestSpec(context, preference)
    const run = beginRun(ledger, findRequestRun(spec), context.asOfMs)
    if (!run.ok) return run
    const { runId } = run.value
    const floor = paperFloor({ runId, timeframe: context.timeframe, settings, rulesOf })
    const decision = recordDecision({
      // The same question may be asked again: its place in the journal tells one asking from the next.
      decisionId: contentId('decision', runId, contextHash(context), ledger.head().events),
      runId,
      context,
      answer: asked,
      exits: floor.exits(asked.action, context, asked.askedExits),
      calibrate: calibrator(calibration, context.timeframe),
    })
    const measurement: DecisionMeasurement = {
      decisionId: decision.decisionId,
      wallAtMs: clock.nowMs(),
      latencyMs: performance.now() - startedAt,
      rationaleMs: asked.rationaleMs,
    }
    const made = { type: 'decision.made', atMs: context.asOfMs, payload: decision } satisfies JournalEvent
    const committed = ledger.commit({ events: [made], measurements: [measurement] })
    if (!committed.ok) return committed
    const equity = new Decimal(settings.broker.startingCash)
    const limit = Math.min(maxPositionPct, settings.risk.maxPositionPct)
    return success(decideAnswer(decision, measurement, equity.times(limit).toFixed()))
  }

  function requestSpec({ symbol, timeframe }: MarketContext, modelPreference: Slot | null): RunSpec {
    return {
      venue: 'request',
      symbols: [symbol],
      timeframe,
      fromMs: null,
      toMs: null,
      modelPreference,
      settings,
      dataHash: null,
    }
  }

  const requestRuns = new Map<string, ReturnType<typeof findRun>>()

  /** Requests of one kind share a run that never ends; it is looked up once. */
  function findRequestRun(spec: RunSpec): ReturnType<typeof findRun> {
    const wording = canonicalJson(spec)
    const known = requestRuns.get(wording) ?? findRun(ledger, spec)
    requestRuns.set(wording, known)
    return known
  }

  return {
    async decide(request) {
      const { context, symbol, timeframe, model_preference: preference, risk_limits: limits } = request
      const asOfMs = request.as_of_ms ?? clock.nowMs()
      const described: MarketContext = {
        ...context,
        symbol,
        timeframe,
        asOfMs,
        candleOpenMs: Math.max(0, asOfMs - timeframeMs[timeframe]),
        sentimentSource: context.sentiment === null ? 'none' : 'request',
      }
      return answer(described, preference, limits.max_position_pct ?? settings.risk.maxPositionPct)
    },

    async decideAt(request) {
      const context = await contextAt(request)
      return context.ok ? answer(context.value, request.modelPreference, settings.risk.maxPositionPct) : context
    },
  }

  async function contextAt(request: MomentRequest): Promise<Outcome<MarketContext>> {
    const { symbol, timeframe, atMs, candlesDir } = request
    const lengthMs = timeframeMs[timeframe]
    // The last candle that has closed by `atMs` opens at most one length before it, on the timeframe's grid.
    const openMs = Math.floor(atMs / lengthMs) * lengthMs - lengthMs
    const venue = await openReplayVenue({
      dir: candlesDir,
      symbols: [symbol],
      timeframe,
      fromMs: openMs,
      toMs: openMs + lengthMs,
      warmUpCandles: defaultWarmUpCandles,
      speed: 'max',
      clock,
    })
    if (!venue.ok) return venue
    const builder = createContextBuilder({ symbol, timeframe })
    builder.warm(venue.value.warmUp(symbol))
    for await (const update of venue.value.updates(AbortSignal.timeout(readTimeoutMs))) {
      builder.observe(update.candle)
      return success(builder.contextFor(noPosition))
    }
    return failure(
      'no_candle',
      `No ${timeframe} candle of ${symbol} closed at ${new Date(openMs + lengthMs).toISOString()}.`,
    )
  }
}

/** Reading one candle after its warm-up takes milliseconds; this only keeps a broken disk from hanging a request. */
const readTimeoutMs = 60_000
