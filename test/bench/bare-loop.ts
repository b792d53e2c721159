import type { Settings } from '@shared/contract/settings'
import { flatUrgency, heldCaution, heldUrgency } from '@shared/rules/teacher'
import { ruleColumns, runRules } from '../../src-main/engine/analysis/backtest/rule-columns'
import type { CandleColumns } from '../../src-main/engine/context/candle-columns'
import { createFigureKernel, figureColumns } from '../../src-main/engine/context/figure-kernel'

/**
 * The limit that a backtest of the rules can come to: all figures, the rules and the trades in floats, one loop after the
 * other over the whole arrays. It knows no decimals, orders, filters, protections, records or reports, and its
 * fills are therefore no fills that anybody should believe.
 */
export function bareLoop(candles: CandleColumns, { risk, broker }: Settings): { trades: number; equity: number } {
  const count = candles.close.length
  const figures = figureColumns(count)
  const rules = ruleColumns(count)
  createFigureKernel().run(candles, count, figures)
  runRules(candles, figures, count, rules)
  const { open, high, low, close } = candles
  const { buyMargin, sellMargin, fading, isSure } = rules
  const worse = (broker.halfSpreadBps + broker.slippageBps) / 10_000
  const fee = broker.takerFeeBps / 10_000
  // Where the weight of a buy reaches the needed confidence against a hold alone.
  const buyNeeds = Math.log(risk.minConfidence / (1 - risk.minConfidence)) / 7
  let cash = Number(broker.startingCash)
  let qty = 0
  let cost = 0
  let stop = 0
  let target = 0
  let wish = 0
  let trades = 0
  for (let at = 0; at < count; at++) {
    const price = close[at] ?? 0
    if (wish > 0) {
      const entry = (open[at] ?? 0) * (1 + worse)
      cost = Math.min(cash, cash * risk.maxPositionPct)
      qty = (cost / entry) * (1 - fee)
      cash -= cost
    } else if (wish < 0) {
      cash += qty * (open[at] ?? 0) * (1 - worse) * (1 - fee)
      qty = 0
      trades++
    }
    wish = 0
    if (qty > 0 && (low[at] ?? 0) <= stop) {
      cash += qty * stop * (1 - worse) * (1 - fee)
      qty = 0
      trades++
    } else if (qty > 0 && (high[at] ?? 0) > target) {
      cash += qty * target * (1 - fee)
      qty = 0
      trades++
    }
    if (isSure[at] !== 1) continue
    let buy = buyMargin[at] ?? 0
    let sell = sellMargin[at] ?? 0
    const atr = figures.atr14[at] ?? 0
    if (qty > 0) {
      const share = (qty * price - cost) / cost
      const profit = (price * share) / (1 + share) / atr
      const losing = Math.max(0, -profit - 1)
      buy -= heldCaution + 0.2 * Math.min(losing, 4)
      sell += heldUrgency - flatUrgency + 0.35 * Math.min(losing, 4) + (fading[at] ?? 0)
      if (sell > 0 && sell > buy) wish = -1
    } else if (buy > buyNeeds && buy > sell) {
      wish = 1
      stop = price - risk.stopAtr * atr
      target = price + risk.takeProfitAtr * atr
    }
  }
  return { trades, equity: cash + qty * (close[count - 1] ?? 0) }
}
