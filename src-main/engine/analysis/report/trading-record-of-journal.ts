import { timeframeMs } from '@shared/contract/candle'
import type { Decision } from '@shared/contract/decision'
import { type JournalEvent, type RunSpec, runSpecOf } from '@shared/contract/journal'
import type { Order, Refusal } from '@shared/contract/order'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type Account, applyEvent, equityOf, openAccount, positionOf } from '../../broker/account'
import { summarizeAccount } from '../../broker/account-views'
import { totalOf } from '../../broker/balance'
import { amount, amountText } from '../../risk/amounts'
import { tallyCalibration } from './calibration-tally'
import { causeOf, nobodysTrade, type TradeCause, trackTrades } from './closed-trades'
import { trackEquity } from './equity-track'
import { barsPerSymbol, trackBars } from './price-bars'
import type { RecordedModel, TradingRecord } from './trading-record'

/** What is known of a model beside its answers. */
export interface KnownModel {
  readonly name: string
  readonly knowledgeCutoffMs: number | null
}

export interface JournalRecordOptions {
  /** Looks a model up by the SHA-256 of its file; null where nothing is known of it. */
  readonly knownModel: (modelHash: string) => KnownModel | null
}

export type JournalRecordProblemCode = 'run_without_decisions' | 'run_incomplete'

/**
 * The record of one run of the ledger, from its events in their order. Prices are the closes that decisions were made
 * on: the journal keeps no candles. The account is folded as the desk folds it.
 */
export function tradingRecordOfJournal(
  events: Iterable<JournalEvent>,
  { knownModel }: JournalRecordOptions,
): Outcome<TradingRecord, JournalRecordProblemCode> {
  let reading: Reading | null = null
  let waiting: JournalEvent[] = []
  let started: Extract<JournalEvent, { type: 'run.started' }> | null = null
  for (const event of events) {
    if (event.type === 'run.started') started = event
    else if (reading !== null) reading.read(event)
    else if (started !== null && event.type === 'decision.made') {
      reading = readRun(started, event.payload, knownModel)
      for (const earlier of waiting) reading.read(earlier)
      reading.read(event)
      waiting = []
    } else waiting.push(event)
  }
  if (started === null) return failure('run_incomplete', 'The run has no beginning in the journal: nothing to report.')
  if (reading === null) {
    return failure('run_without_decisions', 'The run has decided on no candle yet: there is nothing to report.')
  }
  return success(reading.end())
}

interface Reading {
  read(event: JournalEvent): void
  end(): TradingRecord
}

function readRun(
  started: Extract<JournalEvent, { type: 'run.started' }>,
  firstDecision: Decision,
  knownModel: JournalRecordOptions['knownModel'],
): Reading {
  const { runId, startingCash } = started.payload
  const spec = runSpecOf(started.payload.spec)
  const { broker } = spec.settings
  const candleMs = timeframeMs[spec.timeframe]
  const fromMs = firstDecision.candleOpenMs
  let account = openAccount({ startingCash, quoteAsset: broker.quoteAsset })
  let toMs = fromMs
  let candles = 0
  let anomalies = 0
  let finished = false

  const closes = new Map<string, number>()
  /** The journal does not know the price at the start: the close of the first candle stands for it. */
  const firstCloses = new Map<string, number>()
  const benchmarks = new Map<string, (number | null)[]>(spec.symbols.map((symbol) => [symbol, []]))
  const onPoint = () => {
    for (const [symbol, points] of benchmarks) points.push(closes.get(symbol) ?? null)
  }
  const equity = trackEquity({ startMs: fromMs, equityStart: amount(startingCash).toNumber(), onPoint })
  const limit = barsPerSymbol(spec.symbols.length)
  const bars = new Map(spec.symbols.map((symbol) => [symbol, trackBars({ symbol, candleMs, source: 'closes', limit })]))
  const trades = trackTrades(spec.timeframe)
  const calibration = tallyCalibration(spec.timeframe, broker)
  const orders = new Map<string, { readonly order: Order; readonly cause: TradeCause }>()
  const lastDecisions = new Map<string, { readonly decisionId: string; readonly cause: TradeCause }>()
  const models = modelList(knownModel)
  const actions = { buy: 0, sell: 0, hold: 0 }
  const refusals = new Map<string, { by: Refusal['by']; code: string; count: number }>()
  let unanswered = 0

  function readDecision(decision: Decision): void {
    const { symbol, decidedAtMs, context, action, confidence } = decision
    const model = models.placeOf(decision)
    if (model === null) unanswered += 1
    actions[action] += 1
    candles += 1
    toMs = Math.max(toMs, decidedAtMs)
    calibration.close(symbol, decidedAtMs, context.price)
    if (model !== null) {
      calibration.decision({ symbol, atMs: decidedAtMs, price: context.price, action, confidence, model })
    }
    lastDecisions.set(symbol, { decisionId: decision.decisionId, cause: causeOf(decision, model) })
    mark(decidedAtMs)
    closes.set(symbol, context.price)
    if (!firstCloses.has(symbol)) firstCloses.set(symbol, context.price)
    const { price } = context
    bars.get(symbol)?.add(decision.candleOpenMs, price, price, price, price)
  }

  function mark(atMs: number): void {
    const equityNow = equityOf(account)
    equity.mark(atMs, equityNow.toNumber(), equityNow.minus(totalOf(account.cash)).toNumber())
  }

  return {
    read(event) {
      const before = account
      account = applyEvent(account, event)
      switch (event.type) {
        case 'decision.made':
          return readDecision(event.payload)
        case 'market.anomaly':
          anomalies += 1
          return
        case 'order.accepted': {
          const { orderId, decisionId, symbol } = event.payload
          const last = lastDecisions.get(symbol)
          const cause = last !== undefined && last.decisionId === decisionId ? last.cause : nobodysTrade
          orders.set(orderId, { order: event.payload, cause })
          return
        }
        case 'order.filled': {
          const fill = event.payload
          const { order, cause } = orders.get(fill.orderId) ?? {
            order: { stopLoss: null, takeProfit: null },
            cause: nobodysTrade,
          }
          const isFlatAfter = positionOf(account, fill.symbol) === null
          trades.fill(fill, { isFlatAfter, equityBefore: equityOf(before), cause, order })
          if (!account.openOrders.has(fill.orderId)) orders.delete(fill.orderId)
          return
        }
        case 'order.expired':
          orders.delete(event.payload.orderId)
          return
        case 'order.refused': {
          const { by, code } = event.payload
          const counted = refusals.get(`${by} ${code}`) ?? { by, code, count: 0 }
          counted.count += 1
          refusals.set(`${by} ${code}`, counted)
          return
        }
        case 'run.finished':
          finished = true
          return
        default:
          return
      }
    },
    end() {
      const tracked = equity.end()
      const done = trades.end()
      return {
        version: 1,
        title: `${spec.modelPreference ?? 'models'}, ${spec.timeframe}`,
        origin: spec.venue === 'replay' ? 'replay' : 'live',
        runId,
        finished,
        policy: spec.modelPreference ?? 'models',
        symbols: [...spec.symbols],
        timeframe: spec.timeframe,
        fromMs,
        toMs,
        quoteAsset: broker.quoteAsset,
        equityStart: startingCash,
        equityEnd: amountText(equityOf(account)),
        feesPaid: amountText(done.feesPaid),
        slippagePaid: amountText(done.slippagePaid),
        turnover: amountText(done.turnover),
        candles,
        ...tracked,
        trades: [...done.trades],
        openPositions: openPositions(account),
        refusals: [...refusals.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
        decisions: { total: candles, byAction: actions, unanswered },
        models: models.list(),
        calibration: calibration.end(),
        benchmarks: [...benchmarks].map(([symbol, [, ...points]]) => ({
          symbol,
          closes: [firstCloses.get(symbol) ?? null, ...points],
        })),
        bars: [...bars.values()].map((track) => track.end()),
        anomalies,
        assumptions: assumptionsOf(spec),
        seed: spec.settings.inference.seed,
        dataHash: spec.dataHash ?? null,
      }
    },
  }
}

function openPositions(account: Account): TradingRecord['openPositions'] {
  return summarizeAccount(account).positions.map((position) => {
    const { symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote } = position
    return { symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote }
  })
}

/** The models in the order of their first answers. */
function modelList(knownModel: JournalRecordOptions['knownModel']) {
  const places = new Map<string, number>()
  const listed: RecordedModel[] = []
  return {
    /** Null where no model answered. */
    placeOf({ servedBy, model }: Decision): number | null {
      if (servedBy === 'none') return null
      const key = `${servedBy} ${model.modelHash} ${model.promptVersion}`
      const place = places.get(key) ?? listed.length
      const before = listed[place]
      if (before !== undefined) {
        listed[place] = { ...before, decisions: before.decisions + 1 }
        return place
      }
      const known = knownModel(model.modelHash)
      places.set(key, place)
      listed.push({
        servedBy,
        name: known?.name ?? servedBy,
        modelHash: model.modelHash,
        promptVersion: model.promptVersion,
        knowledgeCutoffMs: known?.knowledgeCutoffMs ?? null,
        decisions: 1,
      })
      return place
    },
    list: () => listed,
  }
}

function assumptionsOf({ settings: { broker } }: RunSpec): TradingRecord['assumptions'] {
  const { takerFeeBps, halfSpreadBps, slippageBps } = broker
  return {
    fills: 'candles',
    insideCandles: null,
    takerFeeBps,
    makerFeeBps: takerFeeBps,
    halfSpreadBps,
    slippageBps,
    notes: [],
  }
}
