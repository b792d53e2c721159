import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { acceptedOrder, accountAt, candleAt, costless, fillsOf, hourMs, rulesOf, runId, startMs } from './paper-trade'

/** MARKET_LOT_SIZE allows 1 BTC at most. */
const rules: SymbolRules = { ...rulesOf('BTC/USDT'), marketMaxQty: '1', marketStepSize: '0' }
const settings = settingsSchema.parse({
  broker: { ...costless, startingCash: '1000000' },
})
const floor = paperFloor({ runId, timeframe: '1h', settings, rulesOf: () => rules })

function settle(account: Account, hour: number, prices: Parameters<typeof candleAt>[1]): readonly JournalEvent[] {
  return floor.settle(account, { symbol: 'BTC/USDT', timeframe: '1h', candle: candleAt(hour, prices), anomalies: [] })
}

/** 2.5 BTC, bought at 40000 in limit orders, with a stop at 39000 and a take-profit at 42000. */
function holding(): Account {
  const exits = { stopLoss: '39000', takeProfit: '42000' }
  const order = acceptedOrder({ side: 'buy', qtyBase: '2.5', type: 'limit', priceQuote: '40000', ...exits })
  const ordered = floor.fold(accountAt('BTC/USDT', 40000, '1000000'), [order])
  return floor.fold(ordered, settle(ordered, 0, { open: 40000 }))
}

function sold(events: readonly JournalEvent[]): string[] {
  return fillsOf(events).map(({ qtyBase, priceQuote }) => `${qtyBase} @ ${priceQuote}`)
}

describe('A position above the largest lot of a market order', () => {
  it('is stopped in several orders, also at the open of a gap that falls further', () => {
    const account = holding()
    expect(sold(settle(account, 1, { open: 40000, low: 38000 }))).toEqual(['1 @ 39000', '1 @ 39000', '0.5 @ 39000'])
    expect(sold(settle(account, 1, { open: 38500, low: 38000 }))).toEqual(['1 @ 38500', '1 @ 38500', '0.5 @ 38500'])
  })

  it('takes its profit in several orders', () => {
    expect(sold(settle(holding(), 1, { open: 40000, high: 42001 }))).toEqual(['1 @ 42000', '1 @ 42000', '0.5 @ 42000'])
  })

  it('is closed by the kill switch as a whole', () => {
    const account = holding()
    const atMs = startMs + hourMs
    const killed = floor.flatten(account, atMs)
    const ordered = killed.flatMap((event) => (event.type === 'order.accepted' ? [event.payload.qtyBase] : []))
    expect(ordered).toEqual(['1', '1', '0.5'])
    const flat = floor.fold(account, killed)
    expect(floor.flatten(flat, atMs)).toEqual([])
    const closed = floor.fold(flat, settle(flat, 1, { open: 40000 }))
    expect(floor.summarize(closed)).toMatchObject({ positions: [], openOrders: [] })
  })
})
