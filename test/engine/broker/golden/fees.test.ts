import { type BrokerSettings, brokerSettingsSchema } from '@shared/contract/settings'
import { expect, test } from 'vitest'
import { type Account, openAccount } from '../../../../src-main/engine/broker/account'
import { feeOf } from '../../../../src-main/engine/broker/fees'
import { amount } from '../../../../src-main/engine/risk/amounts'
import { btcUsdt, startMs } from '../paper-trade'
import { type Row, tablesOf } from './story'

const dayMs = 86_400_000

function settingsIn(row: Row): BrokerSettings {
  const [base = '', tier] = (row['rates (maker/taker)'] ?? '').split(' then ')
  const [, maker, taker, from] = /^([\d.]+)\/([\d.]+)(?: from (\d+))?$/.exec(tier ?? '') ?? []
  const [makerFeeBps, takerFeeBps] = base.split('/').map(Number)
  const feeTiers =
    from === undefined ? [] : [{ fromVolumeQuote: from, makerFeeBps: Number(maker), takerFeeBps: Number(taker) }]
  return brokerSettingsSchema.parse({
    makerFeeBps,
    takerFeeBps,
    feeTiers,
    payFeesInBnb: /BNB/.test(row['fees in'] ?? ''),
  })
}

function accountIn(row: Row): Account {
  const [, bnb, price] = /^BNB ([\d.]+) at ([\d.]+|unknown)$/.exec(row['fees in'] ?? '') ?? []
  const [, traded] = /^after (\d+) traded$/.exec(row['fees in'] ?? '') ?? []
  const account = openAccount({
    startingCash: '100000',
    quoteAsset: 'USDT',
    startingBnb: bnb ?? '0',
    bnbPriceQuote: price === undefined || price === 'unknown' ? null : price,
  })
  const startOfDay = startMs - (startMs % dayMs) - 3 * dayMs
  return traded === undefined ? account : { ...account, traded: [{ startMs: startOfDay, quote: amount(traded) }] }
}

for (const { row } of tablesOf('fees.md')) {
  const { side, role, fee = '', asset, why, 'in USDT': inUsdt = '' } = row
  test(`a ${side} as ${role} at ${row['rates (maker/taker)']}, fees in ${row['fees in']}: ${why}`, () => {
    const charged = feeOf(
      accountIn(row),
      {
        side: side === 'sell' ? 'sell' : 'buy',
        role: role === 'maker' ? 'maker' : 'taker',
        qtyBase: amount('2'),
        price: amount('30000'),
        rules: btcUsdt,
        filledAtMs: startMs,
      },
      settingsIn(row),
    )
    expect(charged.feeAsset).toBe(asset)
    expect(charged.fee.toFixed()).toBe(amount(fee).toFixed())
    expect(charged.feeQuote.toFixed()).toBe(amount(inUsdt).toFixed())
  })
}
