import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Candle } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { BookLevel, MarketTick } from '@shared/contract/market-data'
import type { OrderTerms, Side } from '@shared/contract/order'
import { type BrokerSettings, brokerSettingsSchema } from '@shared/contract/settings'
import type { Account } from '../../../../src-main/engine/broker/account'
import { applyEvents } from '../../../../src-main/engine/broker/account-fold'
import { createTickExchange, settleCandle } from '../../../../src-main/engine/broker/paper-exchange'
import { type Placement, placeOco, placeOrder } from '../../../../src-main/engine/broker/place-order'
import { amount } from '../../../../src-main/engine/risk/amounts'
import type { OrderIntent } from '../../../../src-main/engine/risk/risk-view'
import { accountAt, btcUsdt, candleAt, hourMs, runId, startMs } from '../paper-trade'

/** A row of a table in one of the pages beside this file, by column name. */
export type Row = Readonly<Record<string, string>>

/** Every row of every table of a page, with the heading above it. */
export function tablesOf(page: string): { readonly heading: string; readonly row: Row }[] {
  const lines = readFileSync(fileURLToPath(new URL(page, import.meta.url)), 'utf8').split('\n')
  const rows: { heading: string; row: Row }[] = []
  let heading = ''
  let names: string[] = []
  for (const line of lines) {
    if (line.startsWith('#')) heading = line.replace(/^#+ /, '')
    if (!line.startsWith('|')) {
      names = []
      continue
    }
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.replaceAll('\\|', '|').trim())
    if (names.length === 0) names = cells
    else if (!cells.every((cell) => /^-+$/.test(cell))) {
      rows.push({ heading, row: Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])) })
    }
  }
  return rows
}

const symbol = 'BTC/USDT'

/** Costs of the page on fills. */
export const costs: BrokerSettings = brokerSettingsSchema.parse({
  startingCash: '100000',
  halfSpreadBps: 5,
  slippageBps: 10,
  takerFeeBps: 0,
  makerFeeBps: 0,
})

export const rules: SymbolRules = {
  ...btcUsdt,
  tickSize: '0.01',
  stepSize: '0.001',
  minQty: '0.001',
  minNotional: '5',
  percentPriceBySide: null,
}

export interface Told {
  readonly account: Account
  readonly events: readonly JournalEvent[]
}

/** Plays a row: what the account has, the order, and the market that comes. */
export function tell(
  { has, order, market }: { has: string; order: string; market: string },
  { settings = costs, lastPrice = 100 }: { settings?: BrokerSettings; lastPrice?: number } = {},
): Told {
  const placement: Placement = { rules, settings, runId, atMs: startMs }
  let account = holding(has, lastPrice)
  const events: JournalEvent[] = []
  const record = (happened: readonly JournalEvent[]) => {
    account = applyEvents(account, happened)
    events.push(...happened)
  }
  if (order !== 'none') {
    order.split('; ').forEach((one, index) => {
      record(placed(account, one, placement, `order ${index}`))
    })
  }
  const exchange = createTickExchange({ settings, runId, rulesOf: () => rules })
  let candles = 0
  piecesOf(market).forEach((piece, index) => {
    if (piece === '-') {
      candles += 1
      return
    }
    const candle = candleIn(piece, candles)
    if (candle !== null) {
      candles += 1
      record(settleCandle(account, { symbol, timeframe: '1h', candle, settings, rules, runId }))
      return
    }
    record(exchange.settle(account, tickIn(piece, startMs + index + 1)))
  })
  return { account, events }
}

/** The exchange's answer to an order on a pair with these filters: accepted, or refused. */
export function placeOn(has: string, order: string, filters: Partial<SymbolRules>): JournalEvent {
  const open = /^(\d) open (order|stop)s?$/.exec(has)
  let account = holding(open === null ? has : 'none', 100)
  const before = open?.[2] === 'stop' ? 'buy 1 stop_loss 200' : 'buy 1 limit 50'
  const free: Placement = { rules: { ...rules, trailingDelta: null }, settings: costs, runId, atMs: startMs }
  for (let index = 0; index < Number(open?.[1] ?? 0); index++) {
    account = applyEvents(account, [placeOrder(account, intentOf(before, `before ${index}`), free)])
  }
  return placeOrder(account, intentOf(order, 'last'), { ...free, rules: { ...rules, ...filters } })
}

/** The prices at which orders were triggered. */
export function triggersOf({ events }: Told): string[] {
  return events.flatMap((event) => (event.type === 'order.triggered' ? [event.payload.priceQuote] : []))
}

/** What happened, in the words of the tables. */
export function happened({ account, events }: Told): string {
  const words = events.flatMap((event): string[] => {
    switch (event.type) {
      case 'order.filled': {
        const { side, qtyBase, priceQuote, role } = event.payload
        return [`${side} ${qtyBase} @ ${priceQuote} ${role}`]
      }
      case 'order.expired':
        return ['expired']
      case 'order.refused':
        return [`refused ${event.payload.code.split(' ')[0]}`]
      default:
        return []
    }
  })
  if (words.length > 0) return words.join(', ')
  return account.openOrders.size > 0 ? 'waits' : 'holds'
}

function holding(has: string, price: number): Account {
  const empty = accountAt(symbol, price, '100000')
  if (has === 'none') return empty
  const [, qty = '', stop, target] = /^([\d.]+)(?: stop ([\d.]+))?(?: target ([\d.]+))?$/.exec(has) ?? []
  const free = { ...costs, halfSpreadBps: 0, slippageBps: 0 }
  const intent: OrderIntent = {
    symbol,
    side: 'buy',
    qtyBase: amount(qty),
    reason: 'decision',
    decisionId: null,
    stopLoss: stop ?? null,
    takeProfit: target ?? null,
  }
  const atMs = startMs - hourMs
  const bought = applyEvents(empty, [placeOrder(empty, intent, { rules, settings: free, runId, atMs })])
  const candle = candleAt(-1, { open: price })
  return applyEvents(bought, settleCandle(bought, { symbol, timeframe: '1h', candle, settings: free, rules, runId }))
}

function placed(account: Account, order: string, placement: Placement, key: string): readonly JournalEvent[] {
  const [first = '', second] = order.split(' + ')
  const intent = intentOf(first, key)
  if (second === undefined) return [placeOrder(account, intent, placement)]
  return placeOco(
    account,
    [intent, intentOf(`${intent.side} ${intent.qtyBase.toFixed()} ${second}`, `${key}, second`)],
    placement,
  )
}

const orderWords =
  /^(buy|sell) ([\d.]+)(?: (limit_maker|limit|stop_loss_limit|stop_loss|take_profit_limit|take_profit)(?: ([\d.]+|-)(?:\/([\d.]+))?)?)?(?: trail (\d+))?(?: iceberg ([\d.]+))?(?: (IOC|FOK))?( reduce-only)?(?: stop ([\d.]+) target ([\d.]+))?$/

function intentOf(order: string, key: string): OrderIntent {
  const words = orderWords.exec(order)
  if (words === null) throw new Error(`The table's order cannot be read: ${order}`)
  const [, side, qty = '', type, price, limit, trail, iceberg, timeInForce, reduceOnly, stop, target] = words
  const isLimit = type === 'limit' || type === 'limit_maker'
  const terms: OrderTerms = {
    type: orderType(type),
    ...(isLimit && price ? { priceQuote: price } : {}),
    ...(!isLimit && price && price !== '-' ? { stopPriceQuote: price } : {}),
    ...(limit ? { priceQuote: limit } : {}),
    ...(iceberg ? { icebergQtyBase: iceberg } : {}),
    ...(trail ? { trailingDeltaBps: Number(trail) } : {}),
    ...(timeInForce === 'IOC' || timeInForce === 'FOK' ? { timeInForce } : {}),
    ...(reduceOnly ? { reduceOnly: true } : {}),
  }
  return {
    symbol,
    side: side === 'sell' ? 'sell' : 'buy',
    qtyBase: amount(qty),
    reason: 'manual',
    decisionId: null,
    stopLoss: stop ?? null,
    takeProfit: target ?? null,
    terms,
    key,
  }
}

const types = ['limit_maker', 'limit', 'stop_loss_limit', 'stop_loss', 'take_profit_limit', 'take_profit'] as const

function orderType(word: string | undefined) {
  return types.find((type) => type === word) ?? 'market'
}

/** Candles are parted by spaces; books and trades, which contain spaces, by commas. */
function piecesOf(market: string): string[] {
  return market.includes(' x ') || market.includes('|') ? market.split(', ') : market.split(' ')
}

function candleIn(piece: string, hour: number): Candle | null {
  const figures = /^([\d.]+)\/([\d.]+)\/([\d.]+)\/([\d.]+)(?:v([\d.]+))?$/.exec(piece)
  if (figures === null) return null
  const [, open = '', high = '', low = '', close = '', volume = '1'] = figures
  const prices = { open: Number(open), high: Number(high), low: Number(low), close: Number(close) }
  return candleAt(hour, { ...prices, volume: Number(volume) })
}

function tickIn(piece: string, atMs: number): MarketTick {
  const trade = /^([\d.]+) x ([\d.]+) (buy|sell)$/.exec(piece)
  if (trade !== null) {
    const [, price = '', qty = '', side] = trade
    const aggressor: Side = side === 'sell' ? 'sell' : 'buy'
    const told = { tradeId: atMs, symbol, timeMs: atMs, price: Number(price), qtyBase: Number(qty), aggressor }
    return { kind: 'trade', trade: told }
  }
  const [bids = '', asks = ''] = piece.split('|')
  return { kind: 'book', book: { symbol, atMs, bids: levelsOf(bids), asks: levelsOf(asks) } }
}

function levelsOf(side: string): BookLevel[] {
  return side
    .trim()
    .split(' ')
    .map((level): BookLevel => {
      const [price, qty] = level.split('x')
      return [Number(price), Number(qty)]
    })
}
