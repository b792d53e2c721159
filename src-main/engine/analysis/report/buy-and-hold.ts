import { compoundAnnualGrowth, deepestFall, sharpeRatio } from '@shared/rules/return-statistics'
import { type DailyReturns, marketCurve } from './daily-returns'
import { daysOf, tooFewDays } from './figures'
import type { TradingRecord } from './trading-record'

/** What doing nothing would have brought: all symbols bought in equal parts at the start, sold at the end. */
export interface BuyAndHold {
  /** At the times of the record's curve, in the quote asset; the last after the sale. */
  readonly equity: readonly number[]
  /** Net of the fee, half spread and slippage of both trades. */
  readonly netReturn: number
  readonly cagr: number | null
  readonly sharpe: number | null
  /** Over the daily points alone: the deepest moment of a day may lie lower. */
  readonly drawdown: number
  readonly bySymbol: readonly { readonly symbol: string; readonly netReturn: number | null }[]
}

const basisPoint = 1e-4

export function buyAndHold(record: TradingRecord, daily: DailyReturns): BuyAndHold {
  const { takerFeeBps, halfSpreadBps, slippageBps } = record.assumptions
  const start = Number(record.equityStart)
  const kept = 1 - takerFeeBps * basisPoint
  const worse = (halfSpreadBps + slippageBps) * basisPoint
  const bought = kept / (1 + worse)
  const sold = kept * (1 - worse)
  const equity = marketCurve(record).map((value, place) => start * (place === 0 ? 1 : value * bought))
  const last = equity.at(-1)
  if (last !== undefined && equity.length > 1) equity[equity.length - 1] = last * sold
  const end = equity.at(-1) ?? start
  const isLongEnough = tooFewDays(daysOf(record)) === null
  return {
    equity,
    netReturn: end / start - 1,
    cagr: isLongEnough ? compoundAnnualGrowth(start, end, record.toMs - record.fromMs) : null,
    sharpe: isLongEnough ? sharpeRatio(daily.market) : null,
    drawdown: deepestFall(equity),
    bySymbol: record.benchmarks.map(({ symbol, closes }) => {
      const first = closes.find((close) => close !== null) ?? null
      const final = closes.findLast((close) => close !== null) ?? null
      const netReturn = first === null || final === null ? null : (final / first) * bought * sold - 1
      return { symbol, netReturn }
    }),
  }
}
