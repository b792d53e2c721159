import { type RoutingSettings, routingSettingsSchema } from '@shared/contract/settings'
import { type RoutingFigures, route } from '@shared/rules/routing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const settings: RoutingSettings = routingSettingsSchema.parse({})
const calm: RoutingFigures = { hasPosition: false, volumeRatio: 1, volatility: 0.5, sentiment: 0 }

const justBelow = (limit: number): number => limit - 1e-9
const justAbove = (limit: number): number => limit + 1e-9

describe('The four rules, in their order', () => {
  const table: [string, Partial<RoutingFigures>, string, string][] = [
    ['nothing stands out', {}, 'deepseek', 'otherwise'],
    ['a position and exactly high volume', { hasPosition: true, volumeRatio: 1.5 }, 'fingpt', 'position_and_volume'],
    ['a position and almost high volume', { hasPosition: true, volumeRatio: justBelow(1.5) }, 'deepseek', 'otherwise'],
    ['high volume without a position', { volumeRatio: 9 }, 'deepseek', 'otherwise'],
    ['exactly the volatility threshold', { volatility: 0.8 }, 'deepseek', 'otherwise'],
    ['just above the volatility threshold', { volatility: justAbove(0.8) }, 'qwen', 'volatility'],
    ['exactly clear good news', { sentiment: 0.6 }, 'phi3', 'sentiment'],
    ['exactly clear bad news', { sentiment: -0.6 }, 'phi3', 'sentiment'],
    ['almost clear good news', { sentiment: justBelow(0.6) }, 'deepseek', 'otherwise'],
    ['almost clear bad news', { sentiment: -justBelow(0.6) }, 'deepseek', 'otherwise'],
    [
      'position and volume before volatility',
      { hasPosition: true, volumeRatio: 2, volatility: 0.9, sentiment: 0.9 },
      'fingpt',
      'position_and_volume',
    ],
    ['volatility before sentiment', { volatility: 0.9, sentiment: 0.9 }, 'qwen', 'volatility'],
    ['an unknown volume ratio', { hasPosition: true, volumeRatio: null }, 'deepseek', 'otherwise'],
    ['an unknown volatility', { volatility: null }, 'deepseek', 'otherwise'],
    ['an unknown sentiment', { sentiment: null }, 'deepseek', 'otherwise'],
  ]
  it.each(table)('%s', (_, figures, slot, rule) => {
    expect(route({ ...calm, ...figures }, settings, null)).toMatchObject({ slot, rule })
  })

  it('says the reason in words and figures', () => {
    const reasonOf = (figures: Partial<RoutingFigures>): string => route({ ...calm, ...figures }, settings, null).reason
    expect(reasonOf({ volatility: 0.86 })).toBe('volatility 0.86 is above 0.80')
    expect(reasonOf({ volatility: 0.8004 })).toBe('volatility 0.8004 is above 0.8000')
    expect(reasonOf({ sentiment: -0.75 })).toBe('sentiment -0.75 is below -0.60')
    expect(reasonOf({ sentiment: 0.6 })).toBe('sentiment 0.60 is at its threshold')
    expect(reasonOf({ hasPosition: true, volumeRatio: 2.345 })).toBe(
      'a position is open and the volume ratio 2.35 is above 1.50',
    )
    expect(reasonOf({ volatility: null })).toBe(
      'no rule fired: no position is open, volume ratio 1.00, volatility unknown, sentiment 0.00',
    )
  })
})

describe('Thresholds and preferences', () => {
  it('takes its thresholds from the settings', () => {
    const strict = routingSettingsSchema.parse({ highVolatility: 0.4 })
    expect(route(calm, strict, null)).toMatchObject({ slot: 'qwen', reason: 'volatility 0.50 is above 0.40' })
  })

  it("lets a preference override the rules, the request's before the settings'", () => {
    const preferring = routingSettingsSchema.parse({ modelPreference: 'phi3' })
    const wild = { ...calm, volatility: 1 }
    expect(route(wild, preferring, null)).toMatchObject({ slot: 'phi3', rule: 'settings_preference' })
    expect(route(wild, preferring, 'fingpt')).toMatchObject({ slot: 'fingpt', rule: 'request_preference' })
  })

  it('never shows two equal figures for a value beyond its threshold', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (v, limit) => {
          const chosen = route({ ...calm, volatility: v }, { ...settings, highVolatility: limit }, null)
          const shown = /^volatility (\S+) is above (\S+)$/.exec(chosen.reason)
          expect(shown !== null).toBe(v > limit)
          if (shown !== null) expect(shown[1]).not.toBe(shown[2])
        },
      ),
    )
  })
})
