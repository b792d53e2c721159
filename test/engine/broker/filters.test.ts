import type { SymbolRules } from '@shared/contract/exchange-rules'
import { describe, expect, it } from 'vitest'
import { placeOrder } from '../../../src-main/engine/broker/place-order'
import { amount } from '../../../src-main/engine/risk/amounts'
import type { OrderIntent } from '../../../src-main/engine/risk/risk-view'
import { accountAt, btcUsdt, rulesOf, runId, settings, shibUsdt, startMs, theRefusal } from './paper-trade'

interface Placing {
  readonly qtyBase: string
  readonly price: number
  readonly rules?: SymbolRules
  readonly cash?: string
  readonly side?: OrderIntent['side']
  readonly stopLoss?: string
  readonly takeProfit?: string
}

function place({ qtyBase, price, rules = btcUsdt, cash = '1000000000', side = 'buy', stopLoss, takeProfit }: Placing) {
  const intent: OrderIntent = {
    symbol: rules.symbol,
    side,
    qtyBase: amount(qtyBase),
    reason: 'decision',
    decisionId: 'a decision',
    stopLoss: stopLoss ?? null,
    takeProfit: takeProfit ?? null,
  }
  return placeOrder(accountAt(rules.symbol, price, cash), intent, { rules, settings, runId, atMs: startMs })
}

describe("An order that Binance's filters refuse carries Binance's code and message", () => {
  const lot = '-1013 Filter failure: LOT_SIZE'
  const marketLot = '-1013 Filter failure: MARKET_LOT_SIZE'
  const notional = '-1013 Filter failure: NOTIONAL'
  const price = '-1013 Filter failure: PRICE_FILTER'
  const balance = '-2010 Account has insufficient balance for requested action.'
  it.each<Placing & { code: string; message: string }>([
    {
      qtyBase: '0.00000999',
      price: 40000,
      code: lot,
      message: 'Quantity 0 must be within 0.00001 to 9000, in steps of 0.00001.',
    },
    {
      qtyBase: '9000.00001',
      price: 40000,
      code: lot,
      message: 'Quantity 9000.00001 must be within 0.00001 to 9000, in steps of 0.00001.',
    },
    {
      qtyBase: '168.82683',
      price: 40000,
      code: marketLot,
      message: 'Quantity 168.82683 of a market order must be within 0 to 168.82682004.',
    },
    {
      qtyBase: '0.00012',
      price: 40000,
      code: notional,
      message: 'A value of 4.8 USDT is not within 5 and above.',
    },
    {
      qtyBase: '615763',
      price: 0.00000812,
      rules: shibUsdt,
      code: notional,
      message: 'A value of 4.99999556 USDT is not within 5 and above.',
    },
    {
      qtyBase: '0.001',
      price: 40000,
      takeProfit: '1000000.01',
      code: price,
      message: 'Price 1000000.01 is not within 0.01 to 1000000.',
    },
    {
      qtyBase: '0.001',
      price: 40000,
      stopLoss: '0.009',
      code: price,
      message: 'Price 0 is not within 0.01 to 1000000.',
    },
    {
      qtyBase: '0.001',
      price: 40000,
      cash: '40',
      code: balance,
      message: 'The order needs 40.008 USDT, and 40 USDT is free.',
    },
    {
      qtyBase: '0.001',
      price: 40000,
      side: 'sell',
      code: balance,
      message: 'The order needs 0.001 BTC, and 0 BTC is free.',
    },
    {
      qtyBase: '1',
      price: 0.06,
      rules: { ...rulesOf('ETH/USDT'), symbol: 'ETH/BTC', quote: 'BTC', minNotional: '0.0001' },
      code: balance,
      message: 'The order needs 0.07 BTC, and 0 BTC is free.',
    },
  ])('$side $qtyBase $rules.symbol at $price: $code', ({ code, message, ...placing }) => {
    expect(theRefusal(place(placing))).toMatchObject({ by: 'exchange', code, message })
  })
})

describe("An order at the edge of Binance's filters is accepted", () => {
  it.each<Placing & { accepted: string }>([
    { qtyBase: '0.00012500', price: 40000, rules: { ...btcUsdt, minNotional: '4.8' }, accepted: '0.00012' },
    { qtyBase: '0.000125', price: 41666.67, accepted: '0.00012' },
    { qtyBase: '168.82682', price: 40000, accepted: '168.82682' },
    { qtyBase: '615764.99', price: 0.00000812, rules: shibUsdt, accepted: '615764' },
    { qtyBase: '0.00499999', price: 40000, accepted: '0.00499' },
    // Binance's "applyMaxToMarket": false lets a market order exceed maxNotional.
    { qtyBase: '168', price: 60000, accepted: '168' },
    { qtyBase: '7', price: 40000, rules: { ...btcUsdt, stepSize: '0', marketStepSize: '2' }, accepted: '6' },
    { qtyBase: '0.001', price: 40000, cash: '40.008', accepted: '0.001' },
  ])('$qtyBase at $price becomes $accepted', ({ accepted, ...placing }) => {
    expect(place(placing)).toMatchObject({
      type: 'order.accepted',
      payload: { qtyBase: accepted, placedAtMs: startMs },
    })
  })

  it('keeps the exits on the tick: the stop rounded down, the take-profit up', () => {
    const order = place({ qtyBase: '0.001', price: 40000, stopLoss: '39000.019', takeProfit: '42000.001' })
    expect(order).toMatchObject({ payload: { stopLoss: '39000.01', takeProfit: '42000.01' } })
  })
})
