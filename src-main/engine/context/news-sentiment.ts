import type { NewsSettings, QuotedHeadline, ReadHeadline, SentimentScorer } from '@shared/contract/news'
import { normalisedTitle } from '../market/news/headline-text'

/** What news add to a context. */
export interface ContextNews {
  /** Null where no headline within the window concerns the asset: the desk's own stand-in speaks then. */
  readonly sentiment: { readonly value: number; readonly scorer: SentimentScorer } | null
  /** Weightiest first. */
  readonly headlines: readonly QuotedHeadline[]
}

/** A headline that names no asset concerns every one, less than those that name it. */
const marketWideWeight = 0.25
/** After so many half-lives a headline weighs a sixteenth and no longer counts. */
const windowHalfLives = 4
const hourMs = 3_600_000
const minuteMs = 60_000

type Horizon = Pick<NewsSettings, 'halfLifeHours'>

/** How far back headlines count. */
export function newsWindowMs({ halfLifeHours }: Horizon): number {
  return windowHalfLives * halfLifeHours * hourMs
}

/**
 * The sentiment of news on one asset at `atMs`: the mean of the headlines' scores, weighted by how closely they concern
 * the asset and halved with every half-life of their age. Age counts from the publisher's date where that is the earlier
 * one, so that an old story found today is an old story; nothing that was not known by `atMs` has a part. The same words
 * from several sources count once.
 */
export function contextNews(
  read: readonly ReadHeadline[],
  asset: string,
  atMs: number,
  settings: Horizon & Pick<NewsSettings, 'maxHeadlines'>,
): ContextNews {
  const weighed = weighedHeadlines(read, asset, atMs, settings)
  if (weighed.length === 0) return { sentiment: null, headlines: [] }
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0)
  const value = weighed.reduce((sum, { weight, headline }) => sum + weight * headline.score, 0) / whole
  const scorer = weighed.every(({ headline }) => headline.scorer === 'fingpt') ? 'fingpt' : 'lexicon'
  return {
    sentiment: { value: Math.max(-1, Math.min(1, value)), scorer },
    headlines: weighed.slice(0, settings.maxHeadlines).map(({ headline, ageMs }) => ({
      headlineId: headline.headlineId,
      title: headline.title,
      source: headline.source,
      ageMinutes: Math.floor(ageMs / minuteMs),
      score: headline.score,
    })),
  }
}

interface WeighedHeadline {
  readonly headline: ReadHeadline
  readonly ageMs: number
  readonly weight: number
}

/** Weightiest first; at a tie by id, so that the order is nobody's accident. */
function weighedHeadlines(
  read: readonly ReadHeadline[],
  asset: string,
  atMs: number,
  settings: Horizon,
): readonly WeighedHeadline[] {
  const windowMs = newsWindowMs(settings)
  const told = new Map<string, WeighedHeadline>()
  for (const headline of read) {
    if (headline.knownAtMs > atMs || !(headline.assets.length === 0 || headline.assets.includes(asset))) continue
    const ageMs = atMs - Math.min(headline.publishedAtMs ?? headline.knownAtMs, headline.knownAtMs)
    if (ageMs >= windowMs) continue
    const closeness = headline.assets.length === 0 ? marketWideWeight : 1
    const weight = closeness * 2 ** (-ageMs / (settings.halfLifeHours * hourMs))
    const wording = normalisedTitle(headline.title) || headline.headlineId
    const known = told.get(wording)
    if (known === undefined || comesBefore({ headline, ageMs, weight }, known) < 0) {
      told.set(wording, { headline, ageMs, weight })
    }
  }
  return [...told.values()].sort(comesBefore)
}

function comesBefore(left: WeighedHeadline, right: WeighedHeadline): number {
  if (left.weight !== right.weight) return right.weight - left.weight
  return left.headline.headlineId < right.headline.headlineId ? -1 : 1
}
