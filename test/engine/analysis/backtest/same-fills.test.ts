import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import {
  defaultRandomEntries,
  holdPolicy,
  randomPolicy,
  rulesPolicy,
} from '../../../../src-main/engine/analysis/backtest/policy'
import { quickHold, quickRandom, quickRules } from '../../../../src-main/engine/analysis/backtest/quick-policy'
import { type CandleColumns, partOf } from '../../../../src-main/engine/context/candle-columns'
import { recordedColumns, recordingPath } from '../../../helpers/candle-recordings'
import { fastWay, stepByStepWay, type TwoWays } from './two-ways'

const settings = settingsSchema.parse({})

function recording(name: string, from = 0, count = Number.POSITIVE_INFINITY): CandleColumns {
  const path = recordingPath(name)
  if (path === null) throw new Error(`There is no recording ${name}`)
  const columns = recordedColumns(path)
  return partOf(columns, from, Math.min(columns.close.length, from + count))
}

/** Both ways come to the same fills, refusals, decisions and account; tells how many candles needed decimals. */
async function expectTheSame(ways: TwoWays): Promise<{ readonly fills: number; readonly exactShare: number }> {
  const { exactSteps = 0, ...fast } = await fastWay(ways)
  expect(fast).toEqual(stepByStepWay(ways))
  const candles = [...ways.markets.values()].reduce((sum, { close }) => sum + close.length, 0)
  return { fills: fast.fills, exactShare: exactSteps / candles }
}

const rules = { policy: rulesPolicy(settings), quick: quickRules(), settings }
const random = {
  policy: randomPolicy(settings, defaultRandomEntries),
  quick: quickRandom(defaultRandomEntries),
  settings,
}

describe("the fast way gives the fills of the desk's own step on every candle", () => {
  test.each([
    ['BTC/USDT', 'BTCUSDT-1m', '1m'],
    ['ETH/USDT', 'ETHUSDT-1m', '1m'],
    ['SOL/USDT', 'SOLUSDT-1m', '1m'],
    ['BTC/USDT', 'BTCUSDT-1h', '1h'],
    ['ETH/USDT', 'ETHUSDT-1h', '1h'],
    ['BTC/USDT', 'BTCUSDT-4h', '4h'],
    ['ETH/USDT', 'ETHUSDT-1d', '1d'],
  ] as const)('rules over %s (%s)', async (symbol, name, timeframe) => {
    if (recordingPath(name) === null) return console.info(`Left out: there is no recording ${name} here.`)
    const markets = new Map([[symbol, recording(name, 0, 20_000)]])
    const { fills, exactShare } = await expectTheSame({ ...rules, timeframe, markets })
    expect(fills).toBeGreaterThan(50)
    expect(exactShare).toBeLessThan(0.5)
  })

  test('rules over two symbols that share one account', async () => {
    const markets = new Map([
      ['BTC/USDT', recording('BTCUSDT-1h', 0, 8000)],
      ['ETH/USDT', recording('ETHUSDT-1h', 200, 8000)],
    ])
    const { fills } = await expectTheSame({ ...rules, timeframe: '1h', markets })
    expect(fills).toBeGreaterThan(300)
  })

  test('random entries, and holding, over two symbols', async () => {
    const markets = new Map([
      ['BTC/USDT', recording('BTCUSDT-1m', 0, 6000)],
      ['ETH/USDT', recording('ETHUSDT-1m', 0, 6000)],
    ])
    const { fills, exactShare } = await expectTheSame({ ...random, timeframe: '1m', markets })
    expect(fills).toBeGreaterThan(100)
    expect(exactShare).toBeLessThan(0.2)
    const held = await expectTheSame({
      policy: holdPolicy(settings),
      quick: quickHold,
      settings,
      timeframe: '1m',
      markets,
    })
    expect(held).toEqual({ fills: 0, exactShare: 0 })
  })

  test.each([
    ['a daily loss limit of 0.2 %', { maxDailyLossPct: 0.002, maxPositionPct: 0.5 }],
    [
      'a drawdown limit of 1 % that locks for a day',
      { maxDrawdownPct: 0.01, drawdownLockMs: 86_400_000, maxPositionPct: 0.5 },
    ],
    ['a guard against three stops in a day', { stopLossGuard: { stops: 3 } }],
    ['three losses in a row', { consecutiveLosses: { losses: 3 } }],
    ['a rest of five hours after each trade', { cooldownMs: 5 * 3_600_000 }],
    ['trades that earn too little', { lowProfit: { trades: 3 } }],
    ['two orders a day', { orderRate: { perDay: 2 } }],
    ['a stop and a target close by, and large positions', { stopAtr: 0.5, takeProfitAtr: 0.7, maxPositionPct: 1 }],
    ['thresholds by slot', { minConfidenceBySlot: { qwen: 0.5, phi3: 0.95 } }],
    ['positions sized by their risk', { sizing: { method: 'fixed_risk' }, maxPositionPct: 0.3 }],
  ])('under %s', async (_name, risk) => {
    const strict = settingsSchema.parse({ risk })
    const markets = new Map([
      ['BTC/USDT', recording('BTCUSDT-1h', 0, 3000)],
      ['ETH/USDT', recording('ETHUSDT-1h', 0, 3000)],
    ])
    await expectTheSame({
      policy: rulesPolicy(strict),
      quick: quickRules(),
      settings: strict,
      timeframe: '1h',
      markets,
    })
  })

  test('with limit entries that wait, and with fees from BNB', async () => {
    const patient = settingsSchema.parse({
      broker: { entryOrder: 'limit', entryOffsetBps: 20, payFeesInBnb: true, startingBnb: '2', bnbPriceQuote: '300' },
    })
    const markets = new Map([['BTC/USDT', recording('BTCUSDT-1h', 0, 3000)]])
    const ways = {
      policy: rulesPolicy(patient),
      quick: quickRules(),
      settings: patient,
      timeframe: '1h',
      markets,
    } as const
    expect((await expectTheSame(ways)).fills).toBeGreaterThan(50)
  })

  test('with candles that have room for a hundredth of their volume, so that orders and exits wait for the next', async () => {
    const large = settingsSchema.parse({
      risk: { maxPositionPct: 0.5 },
      broker: { startingCash: '5000000', maxCandleVolumePct: 0.01 },
    })
    const markets = new Map([
      ['BTC/USDT', recording('BTCUSDT-1h', 0, 3000)],
      ['ETH/USDT', recording('ETHUSDT-1h', 0, 3000)],
    ])
    const ways = { policy: rulesPolicy(large), quick: quickRules(), timeframe: '1h', markets } as const
    const limited = await expectTheSame({ ...ways, settings: large })
    const free = settingsSchema.parse({ ...large, broker: { ...large.broker, maxCandleVolumePct: null } })
    expect(limited.fills).toBeGreaterThan(2 * (await expectTheSame({ ...ways, settings: free })).fills)
  })

  test('chunks of any length come to the same', async () => {
    const markets = new Map([['BTC/USDT', recording('BTCUSDT-1h', 0, 3000)]])
    const whole = await fastWay({ ...rules, timeframe: '1h', markets })
    for (const chunk of [1, 7, 999]) {
      expect(await fastWay({ ...rules, timeframe: '1h', markets, chunk })).toEqual(whole)
    }
  })
})
