import type { Fill } from '@shared/contract/order'
import { describe, expect, test } from 'vitest'
import { nobodysTrade, trackTrades } from '../../../../src-main/engine/analysis/report/closed-trades'
import { amount, amountText } from '../../../../src-main/engine/risk/amounts'

const hourMs = 3_600_000

const fillOf = (change: Partial<Fill> & Pick<Fill, 'side' | 'priceQuote' | 'qtyBase'>): Fill => ({
  fillId: 'fill',
  orderId: 'order',
  runId: 'run',
  symbol: 'BTC/USDT',
  notionalQuote: amountText(amount(change.priceQuote).times(amount(change.qtyBase))),
  fee: '0',
  feeAsset: 'USDT',
  feeQuote: '0',
  realizedQuote: '0',
  referencePriceQuote: change.priceQuote,
  reason: 'decision',
  filledAtMs: 0,
  ...change,
})

const moment = {
  equityBefore: amount('10000'),
  cause: nobodysTrade,
  order: { stopLoss: '90', takeProfit: '130' },
}

describe('a position from flat to flat is one trade', () => {
  /**
   * Bought 2 at 100 (reference 99.9, fee 0.002 base = 0.2). Sold 1 at 110 (reference 110, fee 0.11), then 1 at 121
   * (reference 121.1, fee 0.121). What came back is 110 - 0.11 + 121 - 0.121 = 230.769; it cost 200.
   */
  test('however many fills it took: mean prices, all fees, all slippage, one profit', () => {
    const track = trackTrades('1h')
    const bought = {
      side: 'buy',
      priceQuote: '100',
      qtyBase: '2',
      referencePriceQuote: '99.9',
      feeQuote: '0.2',
    } as const
    const first = { side: 'sell', priceQuote: '110', qtyBase: '1', feeQuote: '0.11', realizedQuote: '9.89' } as const
    const second = {
      side: 'sell',
      priceQuote: '121',
      qtyBase: '1',
      feeQuote: '0.121',
      realizedQuote: '20.879',
    } as const
    track.fill(fillOf(bought), { ...moment, isFlatAfter: false })
    track.candle('BTC/USDT', 125, 95)
    track.candle('BTC/USDT', 120, 98)
    track.fill(fillOf({ ...first, filledAtMs: 2 * hourMs }), { ...moment, isFlatAfter: false })
    const last = { ...second, referencePriceQuote: '121.1', filledAtMs: 5 * hourMs, reason: 'take_profit' } as const
    track.fill(fillOf(last), { ...moment, isFlatAfter: true })
    const { trades, feesPaid, slippagePaid, turnover } = track.end()
    expect(trades).toEqual([
      {
        symbol: 'BTC/USDT',
        entryAtMs: 0,
        exitAtMs: 5 * hourMs,
        entryPriceQuote: '100',
        exitPriceQuote: '115.5',
        qtyBase: '2',
        costQuote: '200',
        proceedsQuote: '230.769',
        feesQuote: '0.431',
        slippageQuote: '0.3',
        realizedQuote: '30.769',
        equityAtEntryQuote: '10000',
        exitReason: 'take_profit',
        holdingCandles: 5,
        stopLoss: '90',
        takeProfit: '130',
        maxAdverse: expect.closeTo(-0.05, 12),
        maxFavourable: expect.closeTo(0.25, 12),
        ...nobodysTrade,
      },
    ])
    expect([feesPaid, slippagePaid, turnover].map(amountText)).toEqual(['0.431', '0.3', '431'])
  })

  test('an open one is none yet, but its costs are paid', () => {
    const track = trackTrades('1h')
    const bought = fillOf({ side: 'buy', priceQuote: '100', qtyBase: '1', feeQuote: '0.1' })
    track.fill(bought, { ...moment, isFlatAfter: false })
    expect(track.end().trades).toEqual([])
    expect(amountText(track.end().feesPaid)).toBe('0.1')
  })

  test('a fill better than its reference is slippage earned', () => {
    const track = trackTrades('1h')
    const lucky = { side: 'sell', priceQuote: '101', qtyBase: '2', referencePriceQuote: '100' } as const
    track.fill(fillOf(lucky), { ...moment, isFlatAfter: true })
    expect(amountText(track.end().slippagePaid)).toBe('-2')
  })
})
