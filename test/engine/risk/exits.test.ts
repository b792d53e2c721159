import { describe, expect, it } from 'vitest'
import { exitPrices } from '../../../src-main/engine/risk/exits'
import { btcUsdt, shibUsdt } from '../broker/paper-trade'

const settings = { stopAtr: 2, takeProfitAtr: 3 }
const none = { stopLoss: null, takeProfit: null, stopAtr: null, takeProfitAtr: null }

describe('Stop and take-profit of an entry, at 2 ATR below and 3 ATR above the price', () => {
  it.each([
    { rules: btcUsdt, price: 40000, atr14: 500, stopLoss: '39000', takeProfit: '41500' },
    // 40000 - 246.913... = 39753.0864 and 40000 + 370.370... = 40370.3704: rounded away from the price.
    { rules: btcUsdt, price: 40000, atr14: 123.4568, stopLoss: '39753.08', takeProfit: '40370.38' },
    { rules: btcUsdt, price: 0.02, atr14: 0.001, stopLoss: '0.01', takeProfit: '0.03' },
    // 0.00000812 - 0.000000246 = 0.000007874 and + 0.000000369 = 0.000008489.
    { rules: shibUsdt, price: 0.00000812, atr14: 0.000000123, stopLoss: '0.00000787', takeProfit: '0.00000849' },
    // The exchange's smallest and largest prices bound them.
    { rules: btcUsdt, price: 100, atr14: 60, stopLoss: '0.01', takeProfit: '280' },
    { rules: btcUsdt, price: 999_999, atr14: 10, stopLoss: '999979', takeProfit: '1000000' },
    {
      rules: { ...btcUsdt, maxPrice: '0', minPrice: '0' },
      price: 1e8,
      atr14: 5e6,
      stopLoss: '90000000',
      takeProfit: '115000000',
    },
  ])(
    '$rules.symbol at $price with an ATR of $atr14: $stopLoss and $takeProfit',
    ({ rules, price, atr14, ...exits }) => {
      expect(exitPrices({ action: 'buy', price, atr14, settings, rules })).toEqual({ ...exits, ...settings })
    },
  )

  it.each([
    { title: 'a sell opens nothing', action: 'sell', atr14: 500 },
    { title: 'a hold opens nothing', action: 'hold', atr14: 500 },
    { title: 'the ATR is still warming up', action: 'buy', atr14: null },
    { title: 'a market without range has no ATR to go by', action: 'buy', atr14: 0 },
  ] as const)('are unknown where $title', ({ action, atr14 }) => {
    expect(exitPrices({ action, price: 40000, atr14, settings, rules: btcUsdt })).toEqual(none)
  })
})
