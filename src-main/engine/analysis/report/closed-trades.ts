import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Decision } from '@shared/contract/decision'
import type { Fill, Order } from '@shared/contract/order'
import { type Amount, amount, amountText, zero } from '../../risk/amounts'
import type { ClosedTrade } from './trading-record'

/** What a trade keeps of the decision that opened it. */
export type TradeCause = Pick<ClosedTrade, 'confidence' | 'calibratedConfidence' | 'routedTo' | 'model'>

export const nobodysTrade: TradeCause = { confidence: null, calibratedConfidence: null, routedTo: null, model: null }

/** `model` is the decider's place in the record's list of models. */
export function causeOf(
  decision: Pick<Decision, 'confidence' | 'calibrated' | 'routedTo'>,
  model: number | null,
): TradeCause {
  const { confidence, calibrated, routedTo } = decision
  return { confidence, calibratedConfidence: calibrated?.confidence ?? null, routedTo, model }
}

export interface FillMoment {
  /** Whether the symbol's position is closed after the fill. */
  readonly isFlatAfter: boolean
  /** The account's equity before the fill, in the quote asset. */
  readonly equityBefore: Amount
  readonly cause: TradeCause
  /** The order that was filled: its exits become the trade's. */
  readonly order: Pick<Order, 'stopLoss' | 'takeProfit'>
}

/** Sums up fills into trades, each from flat to flat; the fills of one symbol come in the order of their times. */
export interface TradesTrack {
  fill(fill: Fill, moment: FillMoment): void
  /** What was bought turned out too little to be sold: it is no trade, and counts with the next one of its symbol. */
  abandon(symbol: MarketSymbol): void
  /** Prices inside a candle while positions are held: for the worst and best of each trade. */
  candle(symbol: MarketSymbol, high: number, low: number): void
  end(): TradesTrackEnd
}

export interface TradesTrackEnd {
  readonly trades: readonly ClosedTrade[]
  readonly feesPaid: Amount
  readonly slippagePaid: Amount
  readonly turnover: Amount
}

/** Significant digits of a mean price, which is a quotient. */
const priceDigits = 16

interface OpenTrade {
  readonly entryAtMs: number
  readonly equityBefore: Amount
  readonly cause: TradeCause
  readonly stopLoss: string | null
  readonly takeProfit: string | null
  readonly bought: Side
  readonly sold: Side
  readonly slippage: Amount
  readonly realized: Amount
  high: number | null
  low: number | null
}

/** All buys or all sells of a trade. */
interface Side {
  readonly qtyBase: Amount
  readonly notional: Amount
  /** In the quote asset. */
  readonly fees: Amount
}

export function trackTrades(timeframe: Timeframe): TradesTrack {
  const open = new Map<MarketSymbol, OpenTrade>()
  const trades: ClosedTrade[] = []
  let feesPaid = zero
  let slippagePaid = zero
  let turnover = zero

  return {
    fill(fill, moment) {
      const fee = amount(fill.feeQuote)
      const slippage = slippageOf(fill)
      feesPaid = feesPaid.plus(fee)
      slippagePaid = slippagePaid.plus(slippage)
      turnover = turnover.plus(amount(fill.notionalQuote))
      const before = open.get(fill.symbol) ?? begun(fill, moment)
      const after = {
        ...before,
        bought: fill.side === 'buy' ? grown(before.bought, fill) : before.bought,
        sold: fill.side === 'sell' ? grown(before.sold, fill) : before.sold,
        slippage: before.slippage.plus(slippage),
        realized: before.realized.plus(amount(fill.realizedQuote)),
        // What was paid and got belongs to the range as well, where it is followed.
        high: before.high === null ? null : Math.max(before.high, Number(fill.priceQuote)),
        low: before.low === null ? null : Math.min(before.low, Number(fill.priceQuote)),
      }
      if (!moment.isFlatAfter) {
        open.set(fill.symbol, after)
        return
      }
      open.delete(fill.symbol)
      trades.push(closed(after, fill, timeframe))
    },
    abandon(symbol) {
      open.delete(symbol)
    },
    candle(symbol, high, low) {
      const trade = open.get(symbol)
      if (trade === undefined) return
      trade.high = Math.max(trade.high ?? high, high)
      trade.low = Math.min(trade.low ?? low, low)
    },
    end: () => ({ trades, feesPaid, slippagePaid, turnover }),
  }
}

/** What the fill was worse than its reference price, in the quote asset; below zero where it was better. */
export function slippageOf({ side, priceQuote, referencePriceQuote, qtyBase }: Fill): Amount {
  const worse = amount(priceQuote).minus(amount(referencePriceQuote)).times(amount(qtyBase))
  return side === 'buy' ? worse : worse.negated()
}

function begun(fill: Fill, { equityBefore, cause, order }: FillMoment): OpenTrade {
  const nothing: Side = { qtyBase: zero, notional: zero, fees: zero }
  return {
    entryAtMs: fill.filledAtMs,
    equityBefore,
    cause,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    bought: nothing,
    sold: nothing,
    slippage: zero,
    realized: zero,
    high: null,
    low: null,
  }
}

function grown(side: Side, fill: Fill): Side {
  return {
    qtyBase: side.qtyBase.plus(amount(fill.qtyBase)),
    notional: side.notional.plus(amount(fill.notionalQuote)),
    fees: side.fees.plus(amount(fill.feeQuote)),
  }
}

/** What it cost is the proceeds less the profit: dust of an earlier position that was sold along is in both. */
function closed(trade: OpenTrade, last: Fill, timeframe: Timeframe): ClosedTrade {
  const { bought, sold, realized, high, low } = trade
  const proceeds = sold.notional.minus(sold.fees)
  const entry = meanPrice(bought)
  const excursion = (price: number | null) => (price === null || entry.isZero() ? null : price / entry.toNumber() - 1)
  return {
    symbol: last.symbol,
    entryAtMs: trade.entryAtMs,
    exitAtMs: last.filledAtMs,
    entryPriceQuote: amountText(entry),
    exitPriceQuote: amountText(meanPrice(sold)),
    qtyBase: amountText(bought.qtyBase),
    costQuote: amountText(proceeds.minus(realized)),
    proceedsQuote: amountText(proceeds),
    feesQuote: amountText(bought.fees.plus(sold.fees)),
    slippageQuote: amountText(trade.slippage),
    realizedQuote: amountText(realized),
    equityAtEntryQuote: amountText(trade.equityBefore),
    exitReason: last.reason,
    holdingCandles: Math.max(0, Math.round((last.filledAtMs - trade.entryAtMs) / timeframeMs[timeframe])),
    stopLoss: trade.stopLoss,
    takeProfit: trade.takeProfit,
    maxAdverse: excursion(low),
    maxFavourable: excursion(high),
    ...trade.cause,
  }
}

function meanPrice({ notional, qtyBase }: Side): Amount {
  return qtyBase.isZero() ? zero : notional.div(qtyBase).toSignificantDigits(priceDigits)
}
