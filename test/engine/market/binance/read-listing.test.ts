import type { SymbolRules } from '@shared/contract/exchange-rules'
import { expect, test } from 'vitest'
import { readListing } from '../../../../src-main/engine/market/binance/read-listing'
import { inMemoryStore } from '../../../../src-main/engine/market/candle-store/candle-store'
import { assumedRules } from '../../../../src-main/engine/market/exchange-rules'

const store = inMemoryStore()

function listing(...rules: SymbolRules[]) {
  const known = new Map(rules.map((rule) => [rule.symbol, rule]))
  return readListing(known, [...known.keys()], store, 'there', Date.UTC(2024, 0, 1))
}

const bitcoin = assumedRules('BTC/USDT')

test('a symbol that is listed and not traded is refused by name', () => {
  const refused = listing(bitcoin, { ...assumedRules('LUNA/USDT'), status: 'BREAK' })
  expect(refused).toMatchObject({ ok: false, problem: { code: 'symbol_not_trading' } })
  expect(refused.ok ? '' : refused.problem.message).toContain('LUNA/USDT (BREAK)')
})

test('the first start has nothing to compare, the second nothing to tell, the third a new tick', () => {
  expect(listing(bitcoin)).toEqual({ ok: true, value: [] })
  expect(listing(bitcoin)).toEqual({ ok: true, value: [] })
  expect(listing({ ...bitcoin, tickSize: '0.5', maxNumOrders: 5 })).toEqual({
    ok: true,
    value: [
      "The exchange's rules for BTC/USDT have changed since 2024-01-01T00:00:00.000Z: " +
        'tickSize from 0.00000001 to 0.5, maxNumOrders from null to 5.',
    ],
  })
})
