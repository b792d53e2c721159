import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { success } from '@shared/contract/outcome'
import { likeliestSentiment, sentimentProbabilitiesSchema } from '@shared/contract/sentiment'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHeadlines } from '../../../src-main/engine/analysis/headline-file'
import type { HeadlineScorer } from '../../../src-main/engine/analysis/headline-scorer'
import { lexiconProbabilities, lexiconScorer, wordScore } from '../../../src-main/engine/analysis/lexicon-scorer'
import { evaluateSentiment } from '../../../src-main/engine/analysis/sentiment-evaluation'
import { labelledHeadlines } from '../../helpers/labelled-headlines'
import { temporaryFolder } from '../../helpers/temporary-folder'

const dir = temporaryFolder('headlines')

async function reading(content: string | Buffer) {
  const path = join(dir, 'headlines.csv')
  writeFileSync(path, content)
  const read = await readHeadlines(path)
  return read.ok ? read.value : `${read.problem.code} ${read.problem.message.replace(path, 'FILE')}`
}

describe('a file of headlines', () => {
  test('is CSV by RFC 4180: quotes, doubled quotes, commas and line breaks inside a text', async () => {
    const content = '\ufefftext,label,source\r\n"Profit, ""up"" 5 %\r\nagain",positive,a\r\nNothing new,neutral,b\r\n'
    expect(await reading(content)).toEqual([
      { text: 'Profit, "up" 5 %\r\nagain', label: 'positive', source: 'a' },
      { text: 'Nothing new', label: 'neutral', source: 'b' },
    ])
    expect(await reading('text,label\nLoss,negative\n')).toEqual([{ text: 'Loss', label: 'negative', source: null }])
  })

  test.each([
    ['an unknown label', 'text,label\ngood,neutral\nbad,bullish\n', /broken FILE, line 3: the label is "bullish", not/],
    ['an empty text', 'text,label\n" ",neutral\n', /broken FILE, line 2: the text is empty/],
    ['a row that lacks a column', 'text,label\nonly text\n', /broken FILE cannot be read as CSV: .*line 2/],
    ['a quote that never ends', 'text,label\n"open,neutral\n', /broken FILE cannot be read as CSV: .*Mend that line/],
    ['another header', 'headline,label\ngood,neutral\n', /broken FILE, line 1: the header must be text,label or/],
    ['nothing below the header', 'text,label\n', /empty FILE holds no headline/],
    ['nothing at all', '', /broken FILE, line 1: the header/],
    ['bytes that are no UTF-8', Buffer.from([0x74, 0xff, 0xfe]), /broken FILE is not UTF-8/],
  ])('with %s is refused, with its line', async (_, content, refusal) => {
    expect(await reading(content)).toMatch(refusal)
  })

  test('cannot speak to the terminal through a label', async () => {
    expect(await reading('text,label\ngood,\u001b[31mred\n')).not.toContain('\u001b')
  })

  test('that is not there is told', async () => {
    expect(await readHeadlines(join(dir, 'nowhere.csv'))).toMatchObject({
      problem: { code: 'headline_file_unreadable' },
    })
  })
})

describe('the lexicon', () => {
  test('adds up the ratings of the words, as AFINN-165 has them', () => {
    // Ratings from the published list: good 3, bad -3, loss -3, no -1.
    expect(wordScore('A good day')).toBe(3)
    expect(wordScore('BAD day, bad loss')).toBe(-9)
    expect(wordScore('The board meets on Tuesday')).toBe(0)
  })

  test('turns a rating round behind a negation', () => {
    expect(wordScore('This is not good')).toBe(-3)
    expect(wordScore("It wasn't bad")).toBe(3)
  })

  test('reads words, not the names of properties or links', () => {
    expect(wordScore('constructor toString __proto__ hasOwnProperty')).toBe(0)
    expect(wordScore('see https://t.co/good-bad-loss')).toBe(0)
    expect(wordScore('a good-looking chart')).toBe(3)
  })

  test('gives probabilities whose likeliest label is the sign of the score, and never a certainty', () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), (score) => {
        const probabilities = sentimentProbabilitiesSchema.parse(lexiconProbabilities(score))
        expect(likeliestSentiment(probabilities)).toBe(score === 0 ? 'neutral' : score > 0 ? 'positive' : 'negative')
        expect(Math.max(...Object.values(probabilities))).toBeLessThan(1)
      }),
    )
  })
})

const headlines = [
  { text: 'up', label: 'positive', source: 'a' },
  { text: 'down', label: 'negative', source: 'a' },
  { text: 'flat', label: 'neutral', source: null },
  { text: 'flat', label: 'neutral', source: null },
] as const

const signal = new AbortController().signal

describe('the evaluation of a scorer', () => {
  test('is perfect for who knows the labels', async () => {
    const answers = { up: [1, 0, 0], down: [0, 0, 1], flat: [0, 1, 0] } as const
    const oracle: HeadlineScorer = {
      name: 'oracle',
      score: async (texts) =>
        success(
          texts.map((text) => {
            const [positive, neutral, negative] = answers[text === 'up' || text === 'down' ? text : 'flat']
            return { positive, neutral, negative }
          }),
        ),
    }
    expect(await evaluateSentiment(headlines, oracle, signal)).toMatchObject({
      value: { scorer: 'oracle', n: 4, weightedF1: 1, accuracy: 1, brier: 0, brierSkill: 1, ece: 0 },
    })
  })

  test('lays the commonest label beside the scorer', async () => {
    const evaluated = await evaluateSentiment(headlines, lexiconScorer, signal)
    // By hand: neutral is right twice of four: precision 1/2, recall 1, F1 2/3, weighted by its half.
    expect(evaluated).toMatchObject({ value: { commonest: { label: 'neutral', accuracy: 0.5 } } })
    if (evaluated.ok) expect(evaluated.value.commonest?.weightedF1).toBeCloseTo(1 / 3, 12)
  })

  test('refuses a scorer that leaves a headline out or gives no distribution', async () => {
    const short: HeadlineScorer = { name: 'short', score: async () => success([]) }
    const wild: HeadlineScorer = {
      name: 'wild',
      score: async (texts) => success(texts.map(() => ({ positive: Number.NaN, neutral: 1, negative: 1 }))),
    }
    for (const scorer of [short, wild]) {
      expect(await evaluateSentiment(headlines, scorer, signal)).toMatchObject({
        problem: { code: 'scorer_answer_invalid' },
      })
    }
  })
})

const recorded = labelledHeadlines()

test.skipIf(recorded === null)(
  'the lexicon reads 1,986 labelled headlines better than always saying neutral',
  async () => {
    const read = await readHeadlines(recorded ?? '')
    if (!read.ok) throw new Error(read.problem.message)
    const evaluated = await evaluateSentiment(read.value, lexiconScorer, signal)
    if (!evaluated.ok) throw new Error(evaluated.problem.message)
    const { n, weightedF1, brier, ece, commonest } = evaluated.value
    expect(n).toBe(1986)
    expect(weightedF1).toBeGreaterThan(commonest?.weightedF1 ?? 1)
    expect([weightedF1, brier, ece].map((figure) => figure?.toFixed(3))).toEqual(['0.546', '0.620', '0.157'])
  },
)
