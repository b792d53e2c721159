import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Action, Decision } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order, Refusal } from '@shared/contract/order'
import type { TradeCosts } from '@shared/rules/outcome-labels'
import { type Account, equityOf, markOf, positionOf } from '../../broker/account'
import { summarizeAccount } from '../../broker/account-views'
import { totalOf } from '../../broker/balance'
import { amountText } from '../../risk/amounts'
import { tallyCalibration } from './calibration-tally'
import { causeOf, nobodysTrade, type TradeCause, trackTrades } from './closed-trades'
import { trackEquity } from './equity-track'
import { barsPerSymbol, trackBars } from './price-bars'
import { type KnownModel, modelList } from './recorded-models'
import type { PriceBars, TradingRecord } from './trading-record'

/** What is known of a run before its first candle. */
export type RunFacts = Pick<
  TradingRecord,
  'title' | 'origin' | 'runId' | 'policy' | 'symbols' | 'timeframe' | 'fromMs' | 'assumptions' | 'seed' | 'dataHash'
>

export interface TradingRecorderOptions {
  readonly facts: RunFacts
  /** Before the first event. */
  readonly account: Account
  /** Whether `closed` is told whole candles, or closes alone. */
  readonly prices: PriceBars['source']
  readonly knownModel: (modelHash: string) => KnownModel | null
}

/** A candle as a record needs it: `atMs` is its close. */
export interface ClosedCandle {
  readonly symbol: MarketSymbol
  readonly openMs: number
  readonly atMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/**
 * Makes a record while a run goes on, in the order of its steps: first what happened in the step (`happened`, `decided`,
 * `refused`), then the candle with the account after it (`closed`). Memory grows with the days and the trades, never
 * with the candles.
 */
export interface TradingRecorder {
  /** An event of the journal, with the account before and after it. Decisions are counted by `decided`. */
  happened(event: JournalEvent, before: Account, after: Account): void
  decided(action: Action): void
  /** A refusal that is no event; those that are come in through `happened`. */
  refused(by: Refusal['by'], code: string): void
  /** Amounts in the quote asset, after the candle. Candles come in the order of (close, symbol). */
  closed(candle: ClosedCandle, equity: number, positionsValue: number): void
  /** The account at the end. */
  end(account: Account, finished: boolean): TradingRecord
}

export function recordTrading({ facts, account, prices, knownModel }: TradingRecorderOptions): TradingRecorder {
  const { symbols, timeframe, fromMs, assumptions } = facts
  const closes = new Map<MarketSymbol, number>()
  const firstPrices = new Map<MarketSymbol, number>()
  const benchmarks = new Map<MarketSymbol, (number | null)[]>(symbols.map((symbol) => [symbol, []]))
  const equity = trackEquity({
    startMs: fromMs,
    equityStart: account.startingEquity.toNumber(),
    onPoint() {
      for (const [symbol, points] of benchmarks) points.push(closes.get(symbol) ?? null)
    },
  })
  const bars = barTracks(symbols, timeframe, prices)
  const trades = trackTrades(timeframe)
  const calibration = tallyCalibration(timeframe, costsOf(assumptions))
  const models = modelList(knownModel)
  const orders = new Map<string, { readonly order: Order; readonly cause: TradeCause }>()
  const lastCauses = new Map<MarketSymbol, { readonly decisionId: string; readonly cause: TradeCause }>()
  const actions = { buy: 0, sell: 0, hold: 0 }
  const refusals = new Map<string, { by: Refusal['by']; code: string; count: number }>()
  const protections = new Map<string, number>()
  let unanswered = 0
  let anomalies = 0
  let candles = 0
  let toMs = fromMs

  function refused(by: Refusal['by'], code: string): void {
    const key = `${by} ${code}`
    const counted = refusals.get(key) ?? { by, code, count: 0 }
    counted.count += 1
    refusals.set(key, counted)
  }

  function noteDecision(decision: Decision): void {
    const { decisionId, symbol, decidedAtMs, context, action, confidence } = decision
    if (decision.servedBy === 'none') unanswered += 1
    const model = models.placeOf(decision)
    const { price } = context
    // Here rather than in `closed`, so that an outcome and the next decision come in their order.
    calibration.close(symbol, decidedAtMs, price)
    if (model !== null) {
      const calibratedConfidence = decision.calibrated?.confidence ?? null
      calibration.decision({ symbol, atMs: decidedAtMs, price, action, confidence, calibratedConfidence, model })
    }
    lastCauses.set(symbol, { decisionId, cause: causeOf(decision, model) })
  }

  return {
    decided(action) {
      actions[action] += 1
    },
    refused,
    happened(event, before, after) {
      switch (event.type) {
        case 'decision.made':
          return noteDecision(event.payload)
        case 'market.anomaly':
          anomalies += 1
          return
        case 'order.accepted': {
          const { orderId, decisionId, symbol } = event.payload
          const last = lastCauses.get(symbol)
          const cause = last !== undefined && last.decisionId === decisionId ? last.cause : nobodysTrade
          orders.set(orderId, { order: event.payload, cause })
          return
        }
        case 'order.filled': {
          const fill = event.payload
          const known = orders.get(fill.orderId)
          trades.fill(fill, {
            isFlatAfter: positionOf(after, fill.symbol) === null,
            equityBefore: equityOf(before),
            cause: known?.cause ?? nobodysTrade,
            order: known?.order ?? { stopLoss: null, takeProfit: null },
          })
          if (!after.openOrders.has(fill.orderId)) orders.delete(fill.orderId)
          return
        }
        case 'order.expired':
          orders.delete(event.payload.orderId)
          if (event.payload.leavesDust) trades.abandon(event.payload.symbol)
          return
        case 'order.refused':
          if (event.payload.leavesDust) trades.abandon(event.payload.symbol)
          return refused(event.payload.by, event.payload.code)
        case 'protection.acted':
          // An act whose end is its own time ends the protection.
          if (event.payload.untilMs === event.atMs) return
          protections.set(event.payload.code, (protections.get(event.payload.code) ?? 0) + 1)
          return
        default:
          return
      }
    },
    closed({ symbol, openMs, atMs, open, high, low, close }, equityNow, positionsValue) {
      candles += 1
      toMs = atMs
      equity.mark(atMs, equityNow, positionsValue)
      closes.set(symbol, close)
      if (!firstPrices.has(symbol)) firstPrices.set(symbol, prices === 'candles' ? open : close)
      bars.get(symbol)?.add(openMs, open, high, low, close)
      if (prices === 'candles' && positionsValue > 0) trades.candle(symbol, high, low)
    },
    end(accountAtEnd, finished) {
      const tracked = equity.end()
      const done = trades.end()
      return {
        version: 1,
        ...facts,
        finished,
        toMs,
        quoteAsset: accountAtEnd.quoteAsset,
        equityStart: amountText(account.startingEquity),
        equityEnd: amountText(equityOf(accountAtEnd)),
        feesPaid: amountText(done.feesPaid),
        slippagePaid: amountText(done.slippagePaid),
        turnover: amountText(done.turnover),
        candles,
        ...tracked,
        trades: [...done.trades],
        openPositions: openPositions(accountAtEnd),
        refusals: [...refusals.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
        protections: [...protections].map(([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count),
        decisions: { total: actions.buy + actions.sell + actions.hold, byAction: { ...actions }, unanswered },
        models: models.list(),
        calibration: calibration.end(),
        // The price at the start is known by the first candle alone.
        benchmarks: [...benchmarks].map(([symbol, [, ...points]]) => ({
          symbol,
          closes: [firstPrices.get(symbol) ?? null, ...points],
        })),
        bars: [...bars.values()].map((track) => track.end()),
        anomalies,
      }
    },
  }
}

/** The open positions at their last prices; dust is none. */
export function positionsValueOf(account: Account): number {
  let value = 0
  for (const [symbol, { openedAtMs, qtyBase }] of account.holdings) {
    if (openedAtMs !== null) value += totalOf(qtyBase).times(markOf(account, symbol)).toNumber()
  }
  return value
}

function barTracks(symbols: readonly MarketSymbol[], timeframe: Timeframe, source: PriceBars['source']) {
  const limit = barsPerSymbol(symbols.length)
  const candleMs = timeframeMs[timeframe]
  return new Map(symbols.map((symbol) => [symbol, trackBars({ symbol, candleMs, source, limit })]))
}

function costsOf({ takerFeeBps, halfSpreadBps, slippageBps }: TradingRecord['assumptions']): TradeCosts {
  return { takerFeeBps, halfSpreadBps, slippageBps }
}

function openPositions(account: Account): TradingRecord['openPositions'] {
  return summarizeAccount(account).positions.map((position) => {
    const { symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote } = position
    return { symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote }
  })
}
