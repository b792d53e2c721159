import type { ReadHeadline } from '@shared/contract/news'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contextNews, newsWindowMs } from '../../../src-main/engine/context/news-sentiment'

const hourMs = 3_600_000
const nowMs = 1_000 * hourMs
const settings = { halfLifeHours: 6, maxHeadlines: 3 }

let count = 0
function headline(change: Partial<ReadHeadline> & { ageHours?: number } = {}): ReadHeadline {
  count += 1
  const { ageHours = 0, ...rest } = change
  return {
    headlineId: `h${count}`,
    title: `Headline ${count}`,
    source: 'Wire',
    link: null,
    publishedAtMs: null,
    knownAtMs: nowMs - ageHours * hourMs,
    assets: ['BTC'],
    scorer: 'lexicon',
    score: 0,
    ...rest,
  }
}

const sentimentOf = (...read: ReadHeadline[]): number | null =>
  contextNews(read, 'BTC', nowMs, settings).sentiment?.value ?? null

test.each([
  // 1 × 0.8 and ½ × −0.4 over 1½
  ['a half-life weighs half', [headline({ score: 0.8 }), headline({ score: -0.4, ageHours: 6 })], 0.4],
  // 1 × 0.6 and ¼ × −1 over 1¼
  [
    'a headline about the whole market weighs a quarter',
    [headline({ score: 0.6 }), headline({ score: -1, assets: [] })],
    0.28,
  ],
  ['one about another asset weighs nothing', [headline({ score: 0.6 }), headline({ score: -1, assets: ['ETH'] })], 0.6],
  ['one of four half-lives no longer counts', [headline({ score: 1, ageHours: 24 })], null],
  ['one that is not known yet does not count', [headline({ score: 1, ageHours: -1 })], null],
  ['an old story found today is old', [headline({ score: 1, publishedAtMs: nowMs - 30 * hourMs })], null],
  [
    'a story dated in the future is as old as it is known',
    [headline({ score: 0.8, publishedAtMs: nowMs + 90 * hourMs, ageHours: 6 }), headline({ score: 0.2, ageHours: 6 })],
    0.5,
  ],
  [
    'the same words from two sources count once',
    [
      headline({ title: 'Bitcoin falls!', score: -0.5 }),
      headline({ title: 'BITCOIN FALLS', score: -0.5 }),
      headline({ score: 0.5 }),
    ],
    0,
  ],
])('%s', (_, read, expected) => {
  if (expected === null) expect(sentimentOf(...read)).toBeNull()
  else expect(sentimentOf(...read)).toBeCloseTo(expected, 12)
})

test('no headline is no sentiment, which is not a neutral one', () => {
  expect(contextNews([], 'BTC', nowMs, settings)).toEqual({ sentiment: null, headlines: [] })
  expect(sentimentOf(headline({ score: 0 }))).toBe(0)
})

test('the mean is called FinGPT where FinGPT read all of it', () => {
  const byModel = headline({ scorer: 'fingpt', score: 0.5 })
  const scorerOf = (...read: ReadHeadline[]) => contextNews(read, 'BTC', nowMs, settings).sentiment?.scorer
  expect(scorerOf(byModel)).toBe('fingpt')
  expect(scorerOf(byModel, headline())).toBe('lexicon')
  expect(scorerOf(byModel, headline({ assets: ['ETH'] }))).toBe('fingpt')
})

test('the weightiest headlines are shown, no more than the settings say, with their age', () => {
  const read = [
    headline({ headlineId: 'old', ageHours: 12 }),
    headline({ headlineId: 'market', assets: [] }),
    headline({ headlineId: 'new', ageHours: 1 }),
    headline({ headlineId: 'older', ageHours: 20 }),
  ]
  // Weights: 1/4, 1/4, 0.89, 0.1; at a tie the id decides.
  expect(
    contextNews(read, 'BTC', nowMs, settings).headlines.map(({ headlineId, ageMinutes }) => [headlineId, ageMinutes]),
  ).toEqual([
    ['new', 60],
    ['market', 0],
    ['old', 720],
  ])
  expect(contextNews(read, 'BTC', nowMs, { ...settings, maxHeadlines: 0 }).headlines).toEqual([])
})

test('the sentiment lies among the scores, and neither order nor what becomes known later changes it', () => {
  const some = fc.array(
    fc.record({
      score: fc.double({ min: -1, max: 1, noNaN: true }),
      ageHours: fc.integer({ min: -10, max: 40 }),
      assets: fc.constantFrom<string[]>(['BTC'], [], ['ETH']),
    }),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(some, (made) => {
      const read = made.map((one) => headline(one))
      const told = contextNews(read, 'BTC', nowMs, settings)
      const known = read.filter(({ knownAtMs }) => knownAtMs <= nowMs)
      const cut = contextNews(known, 'BTC', nowMs, settings)
      expect(cut).toEqual(told)
      expect(contextNews(read.toReversed(), 'BTC', nowMs, settings)).toEqual(told)
      if (told.sentiment === null) return
      const counted = known.filter(
        ({ knownAtMs, assets }) => nowMs - knownAtMs < newsWindowMs(settings) && !assets.includes('ETH'),
      )
      const scores = counted.map(({ score }) => score)
      expect(told.sentiment.value).toBeGreaterThanOrEqual(Math.min(...scores) - 1e-9)
      expect(told.sentiment.value).toBeLessThanOrEqual(Math.max(...scores) + 1e-9)
    }),
  )
})
