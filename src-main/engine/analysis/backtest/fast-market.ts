import type { MarketSymbol } from '@shared/contract/candle'
import { type Account, positionOf } from '../../broker/account'
import { totalOf } from '../../broker/balance'
import { quietRange } from '../../broker/quiet-range'
import { createFigureKernel, type FigureColumns, type FigureKernel, figureColumns } from '../../context/figure-kernel'
import { type CandleChunk, type CandleHistory, chunkCandles } from './candle-chunks'
import { symbolSeed } from './policy'
import type { QuickPolicy } from './quick-policy'

/** One market as a fast backtest sees it: its chunk of candles with figures, and what its position and orders make matter. */
export interface FastMarket {
  readonly history: CandleHistory
  readonly symbol: MarketSymbol
  readonly seed: number
  readonly place: number
  readonly kernel: FigureKernel
  readonly figures: FigureColumns
  chunk: CandleChunk
  at: number
  isOpenEnded: boolean
  /** Whether an order waits, so that any candle may matter. */
  waits: boolean
  below: number
  above: number
  held: boolean
  /** Of the position, in floats; zero without one. */
  qty: number
  cost: number
  /** All that is held of the base asset, dust included. */
  total: number
}

const noCandles: CandleChunk['candles'] = {
  openTimeMs: new Float64Array(0),
  open: new Float64Array(0),
  high: new Float64Array(0),
  low: new Float64Array(0),
  close: new Float64Array(0),
  volume: new Float64Array(0),
}

/** The market behind its warm-up, before its first chunk. */
export function openFastMarket(history: CandleHistory, place: number, policyState: QuickPolicy): FastMarket {
  const { symbol, warmUp } = history
  const kernel = createFigureKernel()
  const capacity = Math.max(chunkCandles, warmUp.count)
  const figures = figureColumns(capacity)
  kernel.run(warmUp.candles, warmUp.count, figures)
  policyState.open(place, capacity)
  return {
    history,
    symbol,
    seed: symbolSeed(symbol),
    place,
    kernel,
    figures,
    chunk: { candles: noCandles, count: 0 },
    at: 0,
    isOpenEnded: true,
    waits: false,
    below: Number.NEGATIVE_INFINITY,
    above: Number.POSITIVE_INFINITY,
    held: false,
    qty: 0,
    cost: 0,
    total: 0,
  }
}

/** The next chunk with its figures and what the policy makes of them; the market ends where there is none. */
export async function refillMarket(market: FastMarket, quick: QuickPolicy): Promise<void> {
  const chunk = await market.history.next()
  market.at = 0
  market.isOpenEnded = chunk !== null
  market.chunk = chunk ?? { candles: noCandles, count: 0 }
  if (chunk === null) return
  market.kernel.run(chunk.candles, chunk.count, market.figures)
  if (market.history.refine !== undefined) await market.history.refine(chunk, market.figures)
  quick.prepare(market, chunk.count)
}

/** Takes from the account what candles are compared with. `purse`: what is held of the base asset beside the holding. */
export function readMarket(market: FastMarket, account: Account, purse: number): void {
  const { symbol } = market
  const holding = account.holdings.get(symbol)
  const position = positionOf(account, symbol)
  const quiet = quietRange(account, symbol)
  market.waits = quiet === null
  market.below = quiet?.below ?? Number.POSITIVE_INFINITY
  market.above = quiet?.above ?? Number.NEGATIVE_INFINITY
  market.held = position !== null
  const held = holding === undefined ? 0 : totalOf(holding.qtyBase).toNumber()
  market.qty = position === null ? 0 : held
  market.total = held + purse
  market.cost = position === null ? 0 : position.costQuote.toNumber()
}

/** Whose candle comes next; those of one moment come in the order of their symbols. */
export function nextMarket(markets: readonly FastMarket[]): FastMarket | undefined {
  let next: FastMarket | undefined
  let nextMs = Number.POSITIVE_INFINITY
  for (const market of markets) {
    const openMs = market.isOpenEnded ? (market.chunk.candles.openTimeMs[market.at] ?? 0) : Number.POSITIVE_INFINITY
    if (openMs < nextMs) {
      next = market
      nextMs = openMs
    }
  }
  return next
}
