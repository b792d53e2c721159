import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Action } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order, Refusal } from '@shared/contract/order'
import type { Settings } from '@shared/contract/settings'
import { type Account, equityOf, openAccount, positionOf } from '../../broker/account'
import { applyEvent } from '../../broker/account-fold'
import { summarizeAccount } from '../../broker/account-views'
import type { CandleColumns } from '../../context/candle-columns'
import type { TradedDecision } from '../../desk/decision'
import { amountText } from '../../risk/amounts'
import { assumptionsOf } from '../report/assumptions'
import { type CalibrationTally, tallyCalibration } from '../report/calibration-tally'
import { causeOf, nobodysTrade, type TradeCause, trackTrades } from '../report/closed-trades'
import { trackEquity } from '../report/equity-track'
import { barsPerSymbol, trackBars } from '../report/price-bars'
import { policyName } from '../report/recorded-models'
import type { TradingRecord } from '../report/trading-record'
import type { BacktestObserver } from './fast-backtest'

export interface FastRecordOptions {
  readonly title: string
  readonly policy: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly settings: Settings
  readonly seed: number | null
  readonly dataHash: string | null
  /** Without bars of prices and calibration a record is small: for sweeps, which show neither. */
  readonly withBars?: boolean
}

/** Writes down a fast backtest as it goes; memory grows with days and trades, never with candles. */
export function recordFast(options: FastRecordOptions) {
  const { symbols, timeframe, settings } = options
  const candleMs = timeframeMs[timeframe]
  const limit = barsPerSymbol(symbols.length)
  const bars = new Map(
    options.withBars === false
      ? []
      : symbols.map((symbol) => [symbol, trackBars({ symbol, candleMs, source: 'candles', limit })]),
  )
  const closes = new Map<MarketSymbol, number>()
  const points = new Map<MarketSymbol, (number | null)[]>(symbols.map((symbol) => [symbol, []]))
  const trades = trackTrades(timeframe)
  const calibration = options.withBars === false ? null : tallyCalibration(timeframe, settings.broker)
  /** What was decided on the candle that is about to close. */
  let decided: Action = 'hold'
  let confidence = 0
  let dueMs = Number.POSITIVE_INFINITY
  const held = new Set<MarketSymbol>()
  const orders = new Map<string, { readonly order: Order; readonly cause: TradeCause }>()
  const refusals = new Map<string, { by: Refusal['by']; code: string; count: number }>()
  const protections = new Map<string, number>()
  const actions = { buy: 0, sell: 0, hold: 0 }
  let equity: ReturnType<typeof trackEquity> | null = null
  let fromMs = 0
  let toMs = 0
  let candles = 0

  function refuse(by: Refusal['by'], code: string): void {
    const counted = refusals.get(`${by} ${code}`) ?? { by, code, count: 0 }
    counted.count += 1
    refusals.set(`${by} ${code}`, counted)
  }

  function stepped(
    events: readonly JournalEvent[],
    before: Account,
    after: Account,
    decision: TradedDecision | null,
  ): void {
    // Nothing but fills changes equities and positions: of a step with one fill, both sides of it are known.
    const isFolded = events.filter(({ type }) => type === 'order.filled').length > 1
    let account = before
    const cause = decision === null ? nobodysTrade : causeOf(decision, onlyDecider)
    for (const event of events) {
      const earlier = account
      if (isFolded) account = applyEvent(account, event)
      else if (event.type === 'order.filled') account = after
      switch (event.type) {
        case 'order.accepted':
          orders.set(event.payload.orderId, { order: event.payload, cause })
          break
        case 'order.filled': {
          const fill = event.payload
          const known = orders.get(fill.orderId)
          const order = known?.order ?? { stopLoss: null, takeProfit: null }
          const isFlatAfter = positionOf(account, fill.symbol) === null
          const equityBefore = equityOf(earlier)
          trades.fill(fill, { isFlatAfter, equityBefore, cause: known?.cause ?? nobodysTrade, order })
          if (isFlatAfter) held.delete(fill.symbol)
          else held.add(fill.symbol)
          if (!account.openOrders.has(fill.orderId)) orders.delete(fill.orderId)
          break
        }
        case 'order.expired':
          orders.delete(event.payload.orderId)
          if (event.payload.leavesDust) {
            trades.abandon(event.payload.symbol)
            held.delete(event.payload.symbol)
          }
          break
        case 'protection.acted': {
          const { code, untilMs } = event.payload
          // One whose end is its own time ends; the others begin.
          if (untilMs !== event.atMs) protections.set(code, (protections.get(code) ?? 0) + 1)
          break
        }
        case 'order.refused':
          if (event.payload.leavesDust) {
            trades.abandon(event.payload.symbol)
            held.delete(event.payload.symbol)
          }
          refuse(event.payload.by, event.payload.code)
          break
        default:
      }
    }
  }

  /** A decision to buy or to sell, or a candle that may end the horizon of one. */
  function label(tally: CalibrationTally, symbol: MarketSymbol, price: number): void {
    tally.close(symbol, toMs, price)
    if (decided !== 'hold') {
      tally.decision({ symbol, atMs: toMs, price, action: decided, confidence, model: onlyDecider })
    }
    dueMs = tally.dueMs()
  }

  function begin(openMs: number) {
    fromMs = openMs
    const equityStart = openAccount(settings.broker).startingEquity.toNumber()
    const onPoint = () => {
      for (const [symbol, taken] of points) taken.push(closes.get(symbol) ?? null)
    }
    return trackEquity({ startMs: openMs, equityStart, onPoint })
  }

  const observer: BacktestObserver = {
    stepped,
    closed(symbol, columns: CandleColumns, at, equityNow, positionsValue) {
      const openMs = columns.openTimeMs[at] ?? 0
      const high = columns.high[at] ?? 0
      const low = columns.low[at] ?? 0
      const close = columns.close[at] ?? 0
      // The price at the start is the first candle's open.
      if (!closes.has(symbol)) closes.set(symbol, columns.open[at] ?? 0)
      equity ??= begin(openMs)
      toMs = openMs + candleMs
      candles += 1
      equity.mark(toMs, equityNow, positionsValue)
      if (calibration !== null && (decided !== 'hold' || toMs >= dueMs)) label(calibration, symbol, close)
      closes.set(symbol, close)
      bars.get(symbol)?.add(openMs, columns.open[at] ?? 0, high, low, close)
      if (held.size > 0 && held.has(symbol)) trades.candle(symbol, high, low)
    },
    decided(action: Action, sure: number) {
      actions[action] += 1
      decided = action
      confidence = sure
    },
    refused(code) {
      refuse('risk', code)
    },
  }

  function end(account: Account): TradingRecord {
    const tracked = (equity ?? begin(0)).end()
    const done = trades.end()
    const summary = summarizeAccount(account)
    return {
      version: 1,
      title: options.title,
      origin: 'backtest',
      runId: null,
      finished: true,
      policy: options.policy,
      symbols: [...symbols].sort(),
      timeframe,
      fromMs,
      toMs,
      quoteAsset: settings.broker.quoteAsset,
      equityStart: summary.equityStart,
      equityEnd: summary.equity,
      feesPaid: amountText(done.feesPaid),
      slippagePaid: amountText(done.slippagePaid),
      turnover: amountText(done.turnover),
      candles,
      ...tracked,
      trades: [...done.trades],
      openPositions: summary.positions.map(
        ({ symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote }) => ({
          ...{ symbol, openedAtMs, qtyBase, costQuote, valueQuote, unrealizedQuote },
        }),
      ),
      refusals: [...refusals.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
      protections: [...protections].map(([code, count]) => ({ code, count })),
      decisions: { total: candles, byAction: actions, unanswered: 0 },
      models: candles === 0 ? [] : [decider(options.policy, candles)],
      calibration: calibration?.end() ?? [],
      benchmarks: [...points].map(([symbol, taken]) => ({ symbol, closes: taken })),
      bars: [...bars.values()].map((track) => track.end()),
      anomalies: 0,
      assumptions: assumptionsOf(settings.broker, 'candles'),
      seed: options.seed,
      dataHash: options.dataHash,
    }
  }

  return { observer, end }
}

/** Place of the policy in the list of who decided. */
const onlyDecider = 0

function decider(policy: string, decisions: number): TradingRecord['models'][number] {
  return {
    ...{ servedBy: 'policy', name: policyName(policy), modelHash: '', promptVersion: policy },
    ...{ knowledgeCutoffMs: null, decisions },
  }
}
