import type { AccountView, MarketContext } from '@shared/contract/context'
import type { ReadHeadline } from '@shared/contract/news'
import { failure, success } from '@shared/contract/outcome'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { rulesPolicy } from '../../../src-main/engine/analysis/backtest/policy'
import { openStepByStep } from '../../../src-main/engine/analysis/backtest/step-by-step'
import { evenlySpaced } from '../../../src-main/engine/analysis/evenly-spaced'
import {
  type ContextsOver,
  contextsOfKernel,
  findLookahead,
  noPosition,
} from '../../../src-main/engine/analysis/lookahead'
import { ruledAccount } from '../../../src-main/engine/analysis/ruled-account'
import { candleColumns, putCandle } from '../../../src-main/engine/context/candle-columns'
import { recordedCandles } from '../../helpers/recorded-candles'
import { rulesOf } from './backtest/two-ways'

const subject = { symbol: 'BTC/USDT', timeframe: '1h' } as const
const candles = recordedCandles('BTCUSDT', Date.UTC(2021, 4, 1), 700)
const honest = contextsOfKernel(subject)
const settings = settingsSchema.parse({})
const policy = rulesPolicy(settings)
const decide = async (context: MarketContext) => success(policy.answer(context))
const places = candles.map((_, at) => at)

const hourMs = 3_600_000
const firstMs = candles[0]?.openTimeMs ?? 0
/** A headline every five hours, good and bad in turn. */
const headlines = Array.from({ length: 140 }, (_, at): ReadHeadline => {
  const knownAtMs = firstMs + at * 5 * hourMs + 600_000
  const words = { headlineId: `h${at}`, title: `Story ${at}`, source: 'wire', link: null, publishedAtMs: null }
  return { ...words, knownAtMs, assets: ['BTC'], scorer: 'lexicon', score: at % 2 === 0 ? 0.8 : -0.8 }
})
const news = { headlines, settings: { halfLifeHours: 6, maxHeadlines: 3 } }

const request = { ...subject, candles, decide }
const later = places.slice(200)

async function find(contextsOver: ContextsOver, samples: number | null, reach = Number.POSITIVE_INFINITY) {
  const asked = samples === null ? later : evenlySpaced(later, samples)
  const found = await findLookahead({ ...request, places: asked, reach, contextsOver })
  if (!found.ok) throw new Error(found.problem.message)
  return found.value
}

/** The same account by the desk's own step on every candle. */
function steppedAccount(): ReadonlyMap<number, AccountView> {
  const warmUps = new Map()
  const way = openStepByStep({ runId: 'lookahead', timeframe: '1h', settings, policy, warmUps, rulesOf })
  const views = new Map<number, AccountView>()
  for (const candle of candles) {
    for (const event of way.step({ ...subject, candle, anomalies: [] })) {
      if (event.type !== 'decision.made') continue
      const { hasPosition, positionPct, unrealizedPct, positionAgeCandles } = event.payload.context
      views.set(candle.openTimeMs, { hasPosition, positionPct, unrealizedPct, positionAgeCandles })
    }
  }
  return views
}

describe('the look-ahead detector', () => {
  test('finds nothing in the contexts, routes and decisions of the product, at any of 500 candles', async () => {
    expect(await find(honest, null)).toEqual({ decisions: 500, differences: [] })
  })

  test('finds an indicator that peeks one candle, and the decisions that follow from it', async () => {
    // What a shifted array or a bar labelled by its close does: RSI as it stands one candle later.
    const peeking: ContextsOver = (history, asked) =>
      honest(history, asked).map((context, index) => {
        const next = Math.min((asked[index] ?? 0) + 1, history.length - 1)
        return { ...context, rsi14: honest(history, [next])[0]?.rsi14 ?? null }
      })
    const { decisions, differences } = await find(peeking, 60)
    expect(decisions).toBe(60)
    const figures = new Set(differences.map(({ what }) => what))
    expect(figures).toEqual(new Set(['context.rsi14', 'decision']))
    expect(differences.filter(({ what }) => what === 'context.rsi14').length).toBeGreaterThan(50)
  })

  test('looks at decisions with a position as well as without, and finds a rule that peeks only while it holds one', async () => {
    const columns = candleColumns(candles.length)
    for (const [at, candle] of candles.entries()) putCandle(columns, at, candle)
    const account = await ruledAccount(subject, columns, places, settings, rulesOf)
    expect(account).toEqual(steppedAccount())
    const accountAt = (openMs: number) => account.get(openMs) ?? noPosition
    const withAccount = contextsOfKernel(subject, null, accountAt)
    const held = places.slice(200).filter((at) => accountAt(candles[at]?.openTimeMs ?? 0).hasPosition).length
    expect(held).toBeGreaterThan(10)
    expect(held).toBeLessThan(480)
    expect(await find(withAccount, null)).toEqual({ decisions: 500, differences: [] })
    const greedy: ContextsOver = (history, asked) =>
      withAccount(history, asked).map((context, index) => {
        const next = Math.min((asked[index] ?? 0) + 1, history.length - 1)
        return context.hasPosition ? { ...context, unrealizedPct: history[next]?.close ?? null } : context
      })
    const { differences } = await find(greedy, null)
    const figures = differences.filter(({ what }) => what === 'context.unrealizedPct')
    expect(figures.length).toBeGreaterThan(0.8 * held)
    expect(figures.length).toBeLessThanOrEqual(held)
  })

  test('finds nothing in news that are told when they become known, and finds those that are told before', async () => {
    expect(await find(contextsOfKernel(subject, news), 60)).toEqual({ decisions: 60, differences: [] })
    // What dates of publishers do that are earlier than anybody read them: the next story is in the figures already.
    const early = headlines.map((headline) => ({ ...headline, knownAtMs: headline.knownAtMs - 5 * hourMs }))
    const leaking: ContextsOver = (history, asked) => {
      const untilMs = (history.at(-1)?.openTimeMs ?? 0) + hourMs
      const recorded = early.filter((_, at) => (headlines[at]?.knownAtMs ?? 0) <= untilMs)
      return contextsOfKernel(subject, { ...news, headlines: recorded })(history, asked)
    }
    const { differences } = await find(leaking, 60)
    expect(new Set(differences.map(({ what }) => what))).toContain('context.sentiment')
  })

  test('of a long history, shows each decision as many candles as it is told, and finds the same', async () => {
    let most = 0
    const counted: ContextsOver = (history, asked) => {
      most = Math.max(most, history.length)
      return honest(history, asked)
    }
    expect(await find(counted, null, 250)).toEqual({ decisions: 500, differences: [] })
    expect(most).toBe(500)
    const peeking: ContextsOver = (history, asked) =>
      honest(history, asked).map((context, index) => ({
        ...context,
        return24: history[Math.min((asked[index] ?? 0) + 240, history.length - 1)]?.close ?? 0,
      }))
    expect((await find(peeking, 60, 250)).differences.length).toBeGreaterThan(50)
  })

  test('finds a figure that is scaled by the whole history', async () => {
    const scaled: ContextsOver = (history, asked) => {
      const lowest = Math.min(...history.map(({ low }) => low))
      return honest(history, asked).map((context) => ({ ...context, return24: context.price / lowest }))
    }
    const { differences } = await find(scaled, 20)
    expect(differences.length).toBeGreaterThan(5)
    expect(new Set(differences.map(({ what }) => what))).toEqual(new Set(['context.return24']))
  })

  test('finds nothing where nobody can say what was decided, and says why', async () => {
    const cutOff = failure('policy_cut_off', 'It took too long.')
    expect(
      await findLookahead({ ...request, places: [300], contextsOver: honest, decide: async () => cutOff }),
    ).toEqual(cutOff)
  })
})
