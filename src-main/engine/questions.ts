import type { CalibrationMap } from '@shared/contract/calibration'
import { type MarketSymbol, symbolParts, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import type { MarketContext } from '@shared/contract/context'
import { type DecideAnswer, decideAnswer } from '@shared/contract/decide-answer'
import type { DecideRequest } from '@shared/contract/decide-request'
import type { DecisionMeasurement } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { Slot } from '@shared/contract/model'
import type { ReadHeadline } from '@shared/contract/news'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { calibrator } from '@shared/rules/calibration'
import Decimal from 'decimal.js'
import { paperFloor } from './broker/paper-floor'
import { type ContextBuilder, createContextBuilder } from './context/context-builder'
import { type ContextNews, contextNews, newsWindowMs } from './context/news-sentiment'
import { contextHash, recordDecision } from './desk/decision'
import { contentId } from './desk/identity'
import type { Gateway } from './gateway/gateway'
import type { LedgerWriter } from './journal/ledger'
import type { WallClock } from './market/clock'
import { openReplayVenue } from './market/replay-venue'
import { defaultWarmUpCandles } from './market/venue'
import type { RunNews } from './run-news'
import { beginRun, findRun, type RunRequest } from './runs'

/** A moment of recorded history that somebody asks about. */
export interface MomentRequest {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** The last candle closed by then is decided on. */
  readonly atMs: number
  readonly candlesDir: string
  readonly modelPreference: Slot | null
  /** A file of recorded news; without one there are none. */
  readonly newsFile: string | null
}

export interface QuestionsOptions {
  readonly ledger: LedgerWriter
  readonly decide: Gateway['decide']
  readonly settings: Settings
  readonly calibration: readonly CalibrationMap[]
  readonly clock: WallClock
  rulesOf(symbol: MarketSymbol): SymbolRules
  openNews(request: NewsRequest): Promise<Outcome<RunNews>>
}

/** Whose news of which file. */
export type NewsRequest = Pick<RunRequest, 'venue' | 'symbols' | 'newsFile'>

/** Single decisions, outside any run over a market: asked, journalled and answered, never traded. */
export interface Questions {
  decide(request: DecideRequest): Promise<Outcome<DecideAnswer>>
  decideAt(request: MomentRequest): Promise<Outcome<DecideAnswer>>
}

/** What a question was told of news. */
interface ToldNews {
  readonly headlines: readonly ReadHeadline[]
  readonly context: ContextNews | null
  /** The recording, which belongs to the specification of the run. */
  readonly origin: Pick<RunSpec, 'newsHash'>
}

const noNews: ToldNews = { headlines: [], context: null, origin: {} }
const noPosition = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

export function createQuestions({
  ledger,
  decide,
  settings,
  calibration,
  clock,
  rulesOf,
  openNews,
}: QuestionsOptions): Questions {
  async function answer(
    context: MarketContext,
    preference: Slot | null,
    maxPositionPct: number,
    told: ToldNews = noNews,
  ): Promise<Outcome<DecideAnswer>> {
    const startedAt = performance.now()
    const asked = await decide({ context, preference })
    const spec = { ...requestSpec(context, preference), ...told.origin }
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
    // Each headline stands once in a run; the same requests share one.
    const before = new Set(told.headlines.length === 0 ? [] : readBefore(runId))
    const fresh = told.headlines.filter(({ headlineId }) => !before.has(headlineId))
    const read = fresh.map(
      (headline) =>
        ({ type: 'news.read', atMs: context.asOfMs, payload: { ...headline, runId } }) satisfies JournalEvent,
    )
    const committed = ledger.commit({ events: [...read, made], measurements: [measurement] })
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

  function readBefore(runId: string): string[] {
    return [...ledger.runEvents(runId)].flatMap((event) =>
      event.type === 'news.read' ? [event.payload.headlineId] : [],
    )
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
      const builder = await builderAt(request)
      if (!builder.ok) return builder
      const told = await newsAt(request, builder.value.contextFor(noPosition).asOfMs)
      if (!told.ok) return told
      const context = builder.value.contextFor(noPosition, told.value.context)
      return answer(context, request.modelPreference, settings.risk.maxPositionPct, told.value)
    },
  }

  async function newsAt({ symbol, newsFile }: MomentRequest, atMs: number): Promise<Outcome<ToldNews>> {
    if (newsFile === null) return success(noNews)
    const opened = await openNews({ venue: 'replay', symbols: [symbol], newsFile })
    if (!opened.ok) return opened
    const { source, settings: meaning, newsHash, close } = opened.value
    try {
      const headlines = (await source?.known(atMs - newsWindowMs(meaning), atMs)) ?? []
      const context = contextNews(headlines, symbolParts(symbol).base, atMs, meaning)
      return success({ headlines, context, origin: newsHash === undefined ? {} : { newsHash } })
    } finally {
      await close()
    }
  }

  /** Has seen the last candle that closed by then. */
  async function builderAt(request: MomentRequest): Promise<Outcome<ContextBuilder>> {
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
      return success(builder)
    }
    return failure(
      'no_candle',
      `No ${timeframe} candle of ${symbol} closed at ${new Date(openMs + lengthMs).toISOString()}.`,
    )
  }
}

/** Reading one candle after its warm-up takes milliseconds; this only keeps a broken disk from hanging a request. */
const readTimeoutMs = 60_000
