import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import { success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { backtestFiles } from '../../../../src-main/engine/analysis/backtest/backtest'
import { defaultRandomEntries, randomPolicy, rulesPolicy } from '../../../../src-main/engine/analysis/backtest/policy'
import { openStepByStep } from '../../../../src-main/engine/analysis/backtest/step-by-step'
import { summarizeAccount } from '../../../../src-main/engine/broker/account-views'
import { paperFloor } from '../../../../src-main/engine/broker/paper-floor'
import { openDesk } from '../../../../src-main/engine/desk/desk'
import { systemClock } from '../../../../src-main/engine/market/clock'
import { assumedRules } from '../../../../src-main/engine/market/exchange-rules'
import { openReplayVenue } from '../../../../src-main/engine/market/replay-venue'
import { candlesOf, writeCandles, writeTrades, xrpEthTrades } from '../../../helpers/recorded-trades'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const dir = temporaryFolder('fills')

const symbol = 'XRP/ETH'
const trades = xrpEthTrades()
/** An order of a thousandth of an ETH is enough, so that what a few trades give can be sold again. */
const rulesOf = (pair: string) => ({ ...assumedRules(pair), minNotional: '0.001' })
const restless = { ...defaultRandomEntries, exposure: 0.5, holdingCandles: 2 }
const entries = { ...defaultRandomEntries, exposure: 0.4, holdingCandles: 5 }

/** About 1.4 per mille of the price. */
const gridStep = 0.000002

/** The trades, their candles, and books that stand around every fourth of them. One hour of trades is missing. */
function record(): void {
  if (trades === null) return
  writeCandles(dir, 'XRPETH-5m', candlesOf(trades, 300_000))
  writeTrades(
    dir,
    'XRPETH',
    trades.filter(({ timeMs }) => timeMs < 1_570_820_000_000 || timeMs > 1_570_823_600_000),
  )
  // Levels on a coarse grid stand from one book to the next, so that what was taken from them matters later.
  const rows = trades.flatMap(({ timeMs, price }, at) => {
    if (at % 4 !== 0 || trades[at - 4]?.timeMs === timeMs) return []
    const step = Math.floor(price / gridStep)
    return [0, 1, 2, 3].flatMap((level) => [
      `${timeMs},bid,${((step - level) * gridStep).toFixed(8)},${20_000 + level * 7000}`,
      `${timeMs},ask,${((step + 1 + level) * gridStep).toFixed(8)},${20_000 + level * 7000}`,
    ])
  })
  writeFileSync(join(dir, 'XRPETH-book.csv'), `timestamp_ms,side,price,qty\n${rows.join('\n')}\n`)
}
record()

const window = { symbols: [symbol], timeframe: '5m', fromMs: null, toMs: null } as const

async function venueOf(fills: 'trades' | 'book') {
  const venue = await openReplayVenue({ ...window, dir, fills, speed: 'max', clock: systemClock })
  if (!venue.ok) throw new Error(venue.problem.message)
  return venue.value
}

const base = { startingCash: '1000', quoteAsset: 'ETH' }
const risk = { stopAtr: 0.5, takeProfitAtr: 0.5 }
const market = settingsSchema.parse({ broker: base, risk })
const limits = settingsSchema.parse({
  broker: { ...base, entryOrder: 'limit', entryOffsetBps: 5, entryCandles: 4, queueAhead: true, latencyMs: 2000 },
  risk,
})

async function fast(policy: 'random' | 'rules', settings: Settings, fills: 'candles' | 'trades' | 'book') {
  const done = await backtestFiles({
    ...{ ...window, policy, entries, settings, fills, rulesOf, candlesDir: dir, inside: true },
  })
  if (!done.ok) throw new Error(done.problem.message)
  return done.value
}

describe.runIf(trades !== null)('orders that are filled by real trades of XRP/ETH', () => {
  test.each([
    ['random', 'trades', market],
    ['random', 'trades', limits],
    ['random', 'book', market],
    ['random', 'book', limits],
    ['rules', 'trades', market],
    ['rules', 'book', limits],
  ] as const)('%s over %s: the fast way is the step on every candle', async (policy, fills, settings) => {
    const asked = policy === 'rules' ? rulesPolicy(settings) : randomPolicy(settings, entries)
    const way = openStepByStep({
      ...{ runId: 'backtest', timeframe: '5m', settings, policy: asked, rulesOf, warmUps: new Map() },
    })
    let filled = 0
    for await (const update of (await venueOf(fills)).updates(new AbortController().signal)) {
      for (const event of way.step(update)) filled += event.type === 'order.filled' ? 1 : 0
    }
    const quick = await fast(policy, settings, fills)
    const stepped = summarizeAccount(way.account())
    expect(quick.equityEnd).toBe(stepped.equity)
    expect(quick.feesPaid).toBe(stepped.feesPaid)
    expect(filled).toBeGreaterThan(policy === 'rules' ? 2 : 60)
    expect(quick.assumptions.fills).toBe(fills)
  })

  test('no maker is given more than the other side traded at that moment, beyond the limit', async () => {
    const asked = randomPolicy(limits, restless)
    const way = openStepByStep({
      ...{ runId: 'backtest', timeframe: '5m', settings: limits, policy: asked, rulesOf, warmUps: new Map() },
    })
    const rows = Map.groupBy(trades ?? [], ({ timeMs, side }) => `${side} ${timeMs}`)
    let makers = 0
    for await (const update of (await venueOf('trades')).updates(new AbortController().signal)) {
      const fills = way.step(update).flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
      if (update.inside === undefined) continue
      const byMoment = Map.groupBy(
        fills.filter(({ role }) => role === 'maker'),
        ({ side, filledAtMs }) => `${side === 'buy' ? 'sell' : 'buy'} ${filledAtMs}`,
      )
      for (const [moment, given] of byMoment) {
        const traded = rows.get(moment) ?? []
        const qty = given.reduce((sum, { qtyBase }) => sum + Number(qtyBase), 0)
        expect(qty).toBeLessThanOrEqual(traded.reduce((sum, row) => sum + row.qty, 0))
        for (const { side, priceQuote } of given) {
          const limit = Number(priceQuote)
          expect(traded.some(({ price }) => (side === 'buy' ? price < limit : price > limit))).toBe(true)
        }
        makers += given.length
      }
    }
    expect(makers).toBeGreaterThan(60)
  })

  test('the report says of how many candles what settled orders, and the fills are not those of the candles', async () => {
    const [byCandles, byTrades, byBook] = [
      await fast('random', market, 'candles'),
      await fast('random', market, 'trades'),
      await fast('random', market, 'book'),
    ]
    expect(byTrades.assumptions.notes.at(-1)).toMatch(
      /^Of 706 candles of XRP\/ETH, orders are settled in 69\d by recorded trades, in 1\d by their own four prices\.$/,
    )
    expect(byBook.assumptions.notes.at(-1)).toMatch(/in \d+ by recorded order books, in \d+ by recorded trades/)
    expect(new Set([byCandles, byTrades, byBook].map(({ equityEnd }) => equityEnd)).size).toBe(3)
    expect(new Set([byCandles, byTrades, byBook].map(({ dataHash }) => dataHash)).size).toBe(3)
  })
})

describe.runIf(trades !== null)('a run of the desk over trades and books', () => {
  async function desk(
    settings: Settings,
    history: readonly JournalEvent[],
    events: JournalEvent[],
    stopAfter = Number.POSITIVE_INFINITY,
  ) {
    const spec: RunSpec = {
      ...{ venue: 'replay', symbols: [symbol], timeframe: '5m', fromMs: null, toMs: null },
      ...{ modelPreference: null, settings, fills: 'book' },
    }
    const controller = new AbortController()
    const policy = randomPolicy(settings, restless)
    const opened = openDesk({
      ...{ runId: 'run', spec, history, venue: await venueOf('book'), calibrate: () => null, wallClock: () => 0 },
      floor: paperFloor({ runId: 'run', timeframe: '5m', settings, rulesOf }),
      journal: {
        commit(step) {
          events.push(...step.events)
          return success({ events: events.length, head: '' })
        },
      },
      decide: async ({ context }) => success(policy.answer(context)),
    })
    opened.subscribe(() => {
      if (opened.status().decisions >= stopAfter) controller.abort()
    })
    await opened.run(controller.signal)
    return events
  }

  test.each([
    ['market orders', market],
    ['limit orders', limits],
  ])('that is broken off anywhere and continued ends as one that was not: %s', { timeout: 120_000 }, async (_, own) => {
    const whole = await desk(own, [], [])
    expect(whole.filter(({ type }) => type === 'order.filled').length).toBeGreaterThan(60)
    expect(await desk(own, [], [])).toEqual(whole)
    for (let stop = 53; stop < 700; stop += 59) {
      const begun = await desk(own, [], [], stop)
      expect(begun.length).toBeLessThan(whole.length)
      expect(await desk(own, [...begun], begun)).toEqual(whole)
    }
  })
})
