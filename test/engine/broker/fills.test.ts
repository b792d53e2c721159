import type { Candle } from '@shared/contract/candle'
import type { Fill } from '@shared/contract/order'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { applyEvents } from '../../../src-main/engine/broker/account-fold'
import { summarizeAccount } from '../../../src-main/engine/broker/account-views'
import { settleCandle } from '../../../src-main/engine/broker/paper-exchange'
import {
  acceptedOrder,
  accountAfter,
  accountAt,
  btcUsdt,
  candleAt,
  fillsOf,
  giantUsdt,
  hourMs,
  runId,
  settings,
  shibUsdt,
  startMs,
  theFill,
} from './paper-trade'

const costless = { ...settings, takerFeeBps: 0, halfSpreadBps: 0, slippageBps: 0 }

function settleBtc(account: Account, candle: Candle) {
  return settleCandle(account, { symbol: 'BTC/USDT', timeframe: '1h', candle, settings, rules: btcUsdt, runId })
}

/**
 * A buy of 0.00499 BTC that fills at an open of 40100:
 *
 *   price     40100 x 1.0002            = 40108.02   (half spread 1 bps, slippage 1 bps)
 *   notional  0.00499 x 40108.02        = 200.1390198 USDT
 *   fee       0.00499 x 0.001           = 0.00000499 BTC, so 0.00498501 BTC is held
 *   cash      10000 - 200.1390198       = 9799.8609802 USDT
 */
function boughtBtc(exits: { stopLoss?: string; takeProfit?: string } = {}): Account {
  const pending = accountAfter(
    accountAt('BTC/USDT', 40000),
    acceptedOrder({ side: 'buy', qtyBase: '0.00499', ...exits }),
  )
  return applyEvents(pending, settleBtc(pending, candleAt(0, { open: 40100 })))
}

describe('A market buy', () => {
  it('fills at the next open plus half the spread and the slippage, with the fee taken from what was bought', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), acceptedOrder({ side: 'buy', qtyBase: '0.00499' }))
    const fill = theFill(settleBtc(pending, candleAt(0, { open: 40100, high: 41000, low: 39000, close: 40500 })))
    expect(fill).toMatchObject({
      referencePriceQuote: '40100',
      priceQuote: '40108.02',
      qtyBase: '0.00499',
      notionalQuote: '200.1390198',
      fee: '0.00000499',
      feeAsset: 'BTC',
      feeQuote: '0.2001390198',
      realizedQuote: '0',
      filledAtMs: startMs,
    } satisfies Partial<Fill>)
  })

  it('leaves the account with the cash, the quantity and the cost that the fill says', () => {
    const { cash, positions, feesPaid, openOrders } = summarizeAccount(
      boughtBtc({ stopLoss: '39000', takeProfit: '42000' }),
    )
    expect({ cash, feesPaid, openOrders }).toEqual({ cash: '9799.8609802', feesPaid: '0.2001390198', openOrders: [] })
    expect(positions).toEqual([
      {
        symbol: 'BTC/USDT',
        qtyBase: '0.00498501',
        costQuote: '200.1390198',
        averagePriceQuote: '40148.16816816817',
        lastPriceQuote: '40100',
        valueQuote: '199.898901',
        unrealizedQuote: '-0.2401188',
        stopLoss: '39000',
        takeProfit: '42000',
        openedAtMs: startMs,
      },
    ])
  })

  it('waits through a candle without volume, in which nobody traded', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), acceptedOrder({ side: 'buy', qtyBase: '0.00499' }))
    expect(settleBtc(pending, candleAt(0, { open: 40000, volume: 0 }))).toEqual([])
    expect(theFill(settleBtc(pending, candleAt(1, { open: 40100 }))).filledAtMs).toBe(startMs + hourMs)
  })

  it('never fills in a candle that opened before it was placed', () => {
    const late = acceptedOrder({ side: 'buy', qtyBase: '0.00499', placedAtMs: startMs + hourMs })
    const pending = accountAfter(accountAt('BTC/USDT', 40000), late)
    expect(settleBtc(pending, candleAt(0, { open: 40000 }))).toEqual([])
    expect(fillsOf(settleBtc(pending, candleAt(1, { open: 40000 })))).toHaveLength(1)
  })

  it('is cut down to the lots that the cash still covers when the price has jumped', () => {
    // 200 / 40048.01 = 0.004994...: 0.00499 is covered. 40040 x 1.0002 = 40048.008, up to the tick: 40048.01.
    const account = accountAt('BTC/USDT', 40000, '200')
    const pending = accountAfter(account, acceptedOrder({ side: 'buy', qtyBase: '0.00500' }))
    expect(theFill(settleBtc(pending, candleAt(0, { open: 40040 })))).toMatchObject({
      priceQuote: '40048.01',
      qtyBase: '0.00499',
    })
  })

  it('expires with its reason when the cash covers no quantity that could be sold again', () => {
    const account = accountAt('BTC/USDT', 40000, '6')
    const pending = accountAfter(account, acceptedOrder({ side: 'buy', qtyBase: '0.00015' }))
    const events = settleBtc(pending, candleAt(0, { open: 70000 }))
    expect(events).toMatchObject([
      {
        type: 'order.expired',
        payload: { reason: 'At 70014 the cash of 6 USDT covers no tradable quantity.' },
      },
    ])
    expect(summarizeAccount(applyEvents(pending, events))).toMatchObject({ cash: '6', openOrders: [], positions: [] })
  })
})

describe('A market sell', () => {
  it('fills at the next open less half the spread and the slippage, with the fee taken from the proceeds', () => {
    // 41000 x 0.9998 = 40991.80; 0.00498 x 40991.80 = 204.139164; fee 0.204139164, up to eight decimals.
    // Cost of 0.00498 of 0.00498501 BTC: 200.1390198 x 0.00498 / 0.00498501 = 199.93787748.
    // Profit: 204.139164 - 0.20413917 - 199.93787748 = 3.99714735.
    const held = boughtBtc()
    const selling = accountAfter(
      held,
      acceptedOrder({ side: 'sell', qtyBase: '0.00498', placedAtMs: startMs + hourMs }),
    )
    const events = settleBtc(selling, candleAt(1, { open: 41000 }))
    expect(theFill(events)).toMatchObject({
      referencePriceQuote: '41000',
      priceQuote: '40991.8',
      notionalQuote: '204.139164',
      fee: '0.20413917',
      feeAsset: 'USDT',
      feeQuote: '0.20413917',
      realizedQuote: '3.99714735',
    })
    const after = summarizeAccount(applyEvents(selling, events))
    expect(after).toMatchObject({ cash: '10003.79600503', realized: '3.99714735', positions: [] })
  })

  it('leaves less than a lot behind as dust, which counts in the equity and is sold with the next position', () => {
    const held = boughtBtc()
    const selling = accountAfter(
      held,
      acceptedOrder({ side: 'sell', qtyBase: '0.00498', placedAtMs: startMs + hourMs }),
    )
    const sold = applyEvents(selling, settleBtc(selling, candleAt(1, { open: 41000 })))
    // 0.00000501 BTC x 41000 = 0.20541 USDT beside the cash.
    expect(summarizeAccount(sold).equity).toBe('10004.00141503')

    const again = acceptedOrder({ side: 'buy', qtyBase: '0.005', placedAtMs: startMs + 2 * hourMs })
    const buying = accountAfter(sold, again)
    const bought = applyEvents(buying, settleBtc(buying, candleAt(2, { open: 41000 })))
    // 0.00000501 + 0.005 - 0.000005 fee = 0.00500001.
    expect(summarizeAccount(bought).positions).toMatchObject([
      { qtyBase: '0.00500001', openedAtMs: startMs + 2 * hourMs },
    ])
  })
})

describe('The exits of a position, in one candle after a buy of 0.00498501 BTC at 40108.02', () => {
  const cases = [
    {
      title: 'the stop fills at its trigger less the slippage: 39000 x 0.9999 = 38996.10',
      candle: { open: 40000, high: 40000, low: 38900 },
      fill: { reason: 'stop_loss', referencePriceQuote: '39000', priceQuote: '38996.1', realizedQuote: '-5.93150006' },
    },
    {
      title: 'a low that only touches the stop triggers it',
      candle: { open: 40000, high: 40000, low: 39000 },
      fill: { reason: 'stop_loss', referencePriceQuote: '39000', priceQuote: '38996.1' },
    },
    {
      title: 'a gap past the stop fills at the open less the slippage: 38500 x 0.9999 = 38496.15',
      candle: { open: 38500, high: 39500, low: 38000 },
      fill: { reason: 'stop_loss', referencePriceQuote: '38500', priceQuote: '38496.15', realizedQuote: '-8.41876131' },
    },
    {
      title: 'a high above the take-profit fills it at its limit: 42000, neither more nor less',
      candle: { open: 41000, high: 42000.01, low: 41000 },
      fill: { reason: 'take_profit', referencePriceQuote: '42000', priceQuote: '42000', realizedQuote: '9.01296252' },
    },
    {
      title: 'a gap past the take-profit still fills at its limit: the order rested there',
      candle: { open: 43000, high: 43500, low: 42900 },
      fill: { reason: 'take_profit', referencePriceQuote: '42000', priceQuote: '42000' },
    },
    {
      title: 'a candle that reaches both is counted as the stop',
      candle: { open: 40000, high: 43000, low: 38900 },
      fill: { reason: 'stop_loss', priceQuote: '38996.1' },
    },
  ]
  it.each(cases)('$title', ({ candle, fill }) => {
    const held = boughtBtc({ stopLoss: '39000', takeProfit: '42000' })
    const events = settleBtc(held, candleAt(1, candle))
    expect(events.map((event) => event.type)).toEqual(['order.accepted', 'order.filled'])
    expect(theFill(events)).toMatchObject({ qtyBase: '0.00498', ...fill })
    expect(summarizeAccount(applyEvents(held, events)).positions).toEqual([])
  })

  it('a high that only touches the take-profit leaves it resting', () => {
    const held = boughtBtc({ stopLoss: '39000', takeProfit: '42000' })
    expect(settleBtc(held, candleAt(1, { open: 41000, high: 42000, low: 41000 }))).toEqual([])
  })

  it('a candle without volume triggers nothing', () => {
    const held = boughtBtc({ stopLoss: '39000', takeProfit: '42000' })
    expect(settleBtc(held, candleAt(1, { open: 38000, volume: 0 }))).toEqual([])
  })

  it('a position opened at the open is stopped within the same candle', () => {
    const pending = accountAfter(
      accountAt('BTC/USDT', 40000),
      acceptedOrder({ side: 'buy', qtyBase: '0.00499', stopLoss: '39000', takeProfit: '42000' }),
    )
    const fills = fillsOf(settleBtc(pending, candleAt(0, { open: 40100, high: 43000, low: 38000 })))
    expect(fills.map(({ reason, filledAtMs }) => ({ reason, filledAtMs }))).toEqual([
      { reason: 'decision', filledAtMs: startMs },
      { reason: 'stop_loss', filledAtMs: startMs + hourMs - 1 },
    ])
  })

  it('an exit that comes before a waiting sell cancels it: nothing is sold twice', () => {
    const held = boughtBtc({ stopLoss: '39000' })
    const later = acceptedOrder({
      side: 'sell',
      qtyBase: '0.00498',
      placedAtMs: startMs + 2 * hourMs,
      reason: 'kill_switch',
    })
    const selling = accountAfter(held, later)
    const events = settleBtc(selling, candleAt(1, { open: 40000, low: 38000 }))
    expect(events.map((event) => event.type)).toEqual(['order.expired', 'order.accepted', 'order.filled'])
    expect(summarizeAccount(applyEvents(selling, events))).toMatchObject({ positions: [], openOrders: [] })
  })
})

describe('Prices far from one', () => {
  it.each([
    // 0.00000812 x 1.0002 = 0.000008121624 and x 0.9998 = 0.000008118376: a whole tick against the trader.
    {
      rules: shibUsdt,
      open: 0.00000812,
      qtyBase: '24000000',
      buyAt: '0.00000813',
      sellAt: '0.00000811',
      fee: '24000',
    },
    // One tick is all there is: a sell cannot go below it.
    {
      rules: shibUsdt,
      open: 0.00000001,
      qtyBase: '1000000000',
      buyAt: '0.00000002',
      sellAt: '0.00000001',
      fee: '1000000',
    },
    { rules: giantUsdt, open: 1e8, qtyBase: '0.00002', buyAt: '100020000', sellAt: '99980000', fee: '0.00000002' },
  ])(
    'an open of $open in $rules.symbol buys at $buyAt and sells at $sellAt',
    ({ rules, open, qtyBase, buyAt, sellAt, fee }) => {
      const { symbol } = rules
      const bought = accountAfter(accountAt(symbol, open), acceptedOrder({ symbol, side: 'buy', qtyBase }))
      const settleAt = (account: Account, hour: number) =>
        settleCandle(account, { symbol, timeframe: '1h', candle: candleAt(hour, { open }), settings, rules, runId })
      const buying = settleAt(bought, 0)
      expect(theFill(buying)).toMatchObject({ priceQuote: buyAt, fee, qtyBase })
      const held = applyEvents(bought, buying)
      const sale = { symbol, side: 'sell', qtyBase: rules === giantUsdt ? '0.00001' : '1000000' } as const
      const selling = accountAfter(held, acceptedOrder({ ...sale, placedAtMs: startMs + hourMs }))
      expect(theFill(settleAt(selling, 1)).priceQuote).toBe(sellAt)
    },
  )

  it('without spread, slippage and fee a round trip at one price costs nothing', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), acceptedOrder({ side: 'buy', qtyBase: '0.1' }))
    const settleFree = (account: Account, hour: number) => {
      const candle = candleAt(hour, { open: 40000 })
      return settleCandle(account, {
        symbol: 'BTC/USDT',
        timeframe: '1h',
        candle,
        settings: costless,
        rules: btcUsdt,
        runId,
      })
    }
    const held = applyEvents(pending, settleFree(pending, 0))
    const selling = accountAfter(held, acceptedOrder({ side: 'sell', qtyBase: '0.1', placedAtMs: startMs + hourMs }))
    const flat = summarizeAccount(applyEvents(selling, settleFree(selling, 1)))
    expect(flat).toMatchObject({ cash: '10000', equity: '10000', realized: '0', feesPaid: '0' })
  })
})
