import { sizingSettingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { amount } from '../../../src-main/engine/risk/amounts'
import { lossAtStop, payoffOf } from '../../../src-main/engine/risk/payoff'
import { type SizeRequest, wantedSize } from '../../../src-main/engine/risk/position-size'

type Options = z.input<typeof sizingSettingsSchema>

/** 10000 USDT; an entry at 100 with its stop at 98 and its target at 106, no fees, an average true range of 1. */
function request(settings: Options, change: Partial<SizeRequest> = {}): SizeRequest {
  return {
    settings: sizingSettingsSchema.parse(settings),
    maxPositionPct: 0.2,
    equity: amount(10_000),
    expected: { entry: amount(100), stop: amount(98), target: amount(106) },
    feeBps: 0,
    atr: amount(1),
    calibrated: null,
    ...change,
  }
}

const noExits = { entry: amount(100), stop: null, target: null }

describe('What an entry promises is computed from what it will really cost', () => {
  it('with fees of 10 bps on both sides: 100 buys 0.999, which at 98 and 106 fetches 0.998001 of that', () => {
    // 98 x 0.998001 = 97.804098: 2.195902 of 100 are lost. 106 x 0.998001 = 105.788106: 5.788106 are won.
    const payoff = payoffOf(request({}).expected, 10)
    expect(payoff?.loss.toFixed()).toBe('0.02195902')
    expect(payoff?.gain.toFixed()).toBe('0.05788106')
  })

  it('so that a stop at the last price still loses both fees, and a target just above the entry wins nothing', () => {
    expect(lossAtStop({ entry: amount(100), stop: amount(100) }, 10)?.toFixed()).toBe('0.001999')
    const close = { entry: amount(100), stop: amount(99), target: amount('100.1') }
    expect(payoffOf(close, 10)?.gain.isNegative()).toBe(true)
  })

  it('and is not known without a stop', () => {
    expect(payoffOf(noExits, 10)).toBeNull()
  })
})

describe('An entry is sized by', () => {
  it.each<{ title: string; given: SizeRequest; notional: string; words: string }>([
    {
      title: 'the largest share allowed, where no fraction is set: 20 % of 10000',
      given: request({}),
      notional: '2000',
      words: '20 % of the equity',
    },
    {
      title: 'a fixed fraction: 5 % of 10000',
      given: request({ fractionPct: 0.05 }),
      notional: '500',
      words: '5 % of the equity',
    },
    {
      title: 'a fixed risk: 1 % of 10000 is 100, and the stop loses 2 % of the position: 100 / 0.02',
      given: request({ method: 'fixed_risk', riskPct: 0.01 }),
      notional: '5000',
      words: '1 % of the equity at risk',
    },
    {
      title: 'a fixed risk with fees: 100 / 0.02195902 is 4553.9373 and so on',
      given: request({ method: 'fixed_risk', riskPct: 0.01 }, { feeBps: 10 }),
      notional: '4553.93728864',
      words: '1 % of the equity at risk',
    },
    {
      title: 'a fixed risk without a stop falls back, and says so',
      given: request({ method: 'fixed_risk', fractionPct: 0.05 }, { expected: noExits }),
      notional: '500',
      words: '5 % of the equity, because there is no stop to measure the risk by',
    },
    {
      title: 'a volatility target: 10 for one range of 1, which is 1 % of the entry: 10 / 0.01',
      given: request({ method: 'volatility_target', volatilityPct: 0.001 }),
      notional: '1000',
      words: '0.1 % of the equity for one average true range',
    },
    {
      title: 'twice the range halves the position',
      given: request({ method: 'volatility_target', volatilityPct: 0.001 }, { atr: amount(2) }),
      notional: '500',
      words: '0.1 % of the equity for one average true range',
    },
    {
      title: 'a volatility target before the warm-up falls back, and says so',
      given: request({ method: 'volatility_target' }, { atr: null }),
      notional: '2000',
      words: '20 % of the equity, because the average true range is not known yet',
    },
    {
      // 0.4 / 0.02 - 0.6 / 0.06 = 20 - 10 = 10 times the equity; a quarter of it is 2.5.
      title: 'Kelly: at 40 % with 6 to win and 2 to lose a quarter of the bet is 2.5 times the equity',
      given: request({ method: 'kelly' }, { calibrated: 0.4 }),
      notional: '25000',
      words: '25 % of Kelly at a calibrated confidence of 0.4',
    },
    {
      // 0.25 / 0.02 - 0.75 / 0.06 = 12.5 - 12.5.
      title: 'Kelly bets nothing where the odds are even: 25 % with 3 to 1',
      given: request({ method: 'kelly' }, { calibrated: 0.25 }),
      notional: '0',
      words: '25 % of Kelly at a calibrated confidence of 0.25',
    },
    {
      title: 'Kelly bets nothing on a bad bet, and never sells short',
      given: request({ method: 'kelly' }, { calibrated: 0.1 }),
      notional: '0',
      words: '25 % of Kelly at a calibrated confidence of 0.1',
    },
    {
      title: 'Kelly without a calibration falls back, and says so',
      given: request({ method: 'kelly' }),
      notional: '2000',
      words: '20 % of the equity, because no calibration of the confidence is known',
    },
    {
      title: 'Kelly without a stop falls back, and says so',
      given: request({ method: 'kelly' }, { calibrated: 0.9, expected: noExits }),
      notional: '2000',
      words: '20 % of the equity, because there is no stop and target to bet on',
    },
  ])('$title', ({ given, notional, words }) => {
    const wanted = wantedSize(given)
    expect(wanted.notional.toDecimalPlaces(8).toFixed()).toBe(notional)
    expect(wanted.words).toBe(words)
  })

  it('any method, over any market, something that is not negative and not infinite', () => {
    const price = fc.double({ min: 1e-8, max: 1e8, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom('fixed_fraction', 'fixed_risk', 'volatility_target', 'kelly'),
        price,
        fc.option(price),
        fc.option(price),
        fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom(0, 10, 100),
        (method, entry, stop, target, atr, calibrated, feeBps) => {
          const expected = {
            entry: amount(entry),
            stop: stop === null ? null : amount(stop),
            target: target === null ? null : amount(target),
          }
          const change = { expected, atr: atr === null ? null : amount(atr), calibrated, feeBps }
          const { notional } = wantedSize(request({ method }, change))
          expect(notional.isNegative()).toBe(false)
        },
      ),
    )
  })
})
