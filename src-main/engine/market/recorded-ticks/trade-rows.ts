import type { MarketSymbol } from '@shared/contract/candle'
import { figure, lastPlausibleMs } from '@shared/contract/candle-row'
import type { Trade } from '@shared/contract/market-data'
import type { TickRow, TickRows } from './tick-file'

/** First line of a trade file; `side` is the aggressor's, buy or sell. */
export const tradeFileHeader = 'timestamp_ms,id,side,price,qty'

type TradeReader = (cells: readonly string[], symbol: MarketSymbol) => Trade | string

/**
 * Trades of one symbol, oldest first: our own columns, or those of Binance's public archive (`id,price,qty,quote_qty,
 * time,is_buyer_maker`, with or without a header and a last column that says whether the price was the best). The
 * archive's times are milliseconds until 2024 and microseconds since.
 */
export function createTradeRows(symbol: MarketSymbol): TickRows {
  let read: TradeReader = ownTrade
  let lastMs = 0
  let lastId = -1

  function row(text: string, line: number): TickRow {
    const trade = read(text.split(','), symbol)
    if (typeof trade === 'string') return { kind: 'bad_row', line, reason: trade }
    const { timeMs, tradeId } = trade
    if (timeMs < lastMs) return { kind: 'bad_row', line, reason: 'the trade is before that of an earlier row' }
    if (tradeId <= lastId) return { kind: 'bad_row', line, reason: 'the id is not above that of an earlier row' }
    lastMs = timeMs
    lastId = tradeId
    return { kind: 'tick', line, tick: { kind: 'trade', trade } }
  }

  return {
    header: `"${tradeFileHeader}", or the columns of Binance's archive`,
    first(text, line) {
      if (text === tradeFileHeader) return []
      read = archivedTrade
      if (/^id,price,qty,(quote_?qty),time,is_?buyer_?maker(,is_?best_?match)?$/i.test(text)) return []
      return /^\d+(,[^,]*){5,6}$/.test(text) ? [row(text, line)] : null
    },
    row: (text, line) => [row(text, line)],
    end: () => [],
  }
}

function ownTrade(cells: readonly string[], symbol: MarketSymbol): Trade | string {
  const [time, id, side, price, qty] = cells
  if (cells.length !== 5) return `${cells.length} columns instead of 5`
  if (side !== 'buy' && side !== 'sell') return 'the side is neither buy nor sell'
  return tradeOf(symbol, { time, id, price, qty }, side)
}

/** A buyer who was the maker was sold to. */
function archivedTrade(cells: readonly string[], symbol: MarketSymbol): Trade | string {
  const [id, price, qty, , time, isBuyerMaker = ''] = cells
  if (cells.length !== 6 && cells.length !== 7) return `${cells.length} columns instead of 6 or 7`
  if (!/^(true|false)$/i.test(isBuyerMaker)) return 'is_buyer_maker is neither true nor false'
  return tradeOf(symbol, { time, id, price, qty }, isBuyerMaker.toLowerCase() === 'true' ? 'sell' : 'buy')
}

type TradeCells = Readonly<Record<'time' | 'id' | 'price' | 'qty', string | undefined>>

function tradeOf(symbol: MarketSymbol, cells: TradeCells, aggressor: Trade['aggressor']): Trade | string {
  const timeMs = milliseconds(figure(cells.time ?? ''))
  const tradeId = figure(cells.id ?? '')
  const price = figure(cells.price ?? '')
  const qtyBase = figure(cells.qty ?? '')
  if (timeMs === null) return 'the time is no whole number of milliseconds'
  if (tradeId === null || !Number.isSafeInteger(tradeId) || tradeId < 0) return 'the id is no whole number'
  if (price === null || !(price > 0)) return 'the price is no number above zero'
  if (qtyBase === null || !(qtyBase > 0)) return 'the quantity is no number above zero'
  return { tradeId, symbol, timeMs, price, qtyBase, aggressor }
}

function milliseconds(time: number | null): number | null {
  if (time === null || !Number.isSafeInteger(time) || time < 0) return null
  return time > lastPlausibleMs ? Math.floor(time / 1000) : time
}
