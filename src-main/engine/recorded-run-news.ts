import type { NewsSettings, ReadHeadline } from '@shared/contract/news'
import type { DeskNews } from './desk/news-reading'
import type { HeadlineReader } from './headline-reading'
import type { AssetReader } from './market/news/asset-names'
import type { RecordedHeadline } from './market/news/recorded-news'

export interface RecordedNewsOptions {
  readonly settings: NewsSettings
  /** Oldest first. */
  readonly headlines: readonly RecordedHeadline[]
  readonly assetsOf: AssetReader
  concerns(assets: readonly string[]): boolean
  readonly read: HeadlineReader
}

/** Recorded headlines as a run's news: read when their time comes, with the recording's own score where it has one. */
export function recordedNews({ settings, headlines, assetsOf, concerns, read }: RecordedNewsOptions): DeskNews {
  const relevant = headlines.flatMap((headline) => {
    const assets = headline.named ?? assetsOf(headline.title)
    return concerns(assets) ? [{ headline, assets }] : []
  })
  const scores = new Map<string, ReadHeadline>()

  /** The first headline that became known after `atMs`. */
  function firstAfter(atMs: number): number {
    let low = 0
    let high = relevant.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const knownAtMs = relevant[middle]?.headline.knownAtMs ?? Number.POSITIVE_INFINITY
      if (knownAtMs <= atMs) low = middle + 1
      else high = middle
    }
    return low
  }

  async function scored({ headline, assets }: (typeof relevant)[number]): Promise<ReadHeadline> {
    const known = scores.get(headline.headlineId)
    if (known !== undefined) return known
    const { scored: recorded, named: _named, ...words } = headline
    const fresh = { ...words, assets: [...assets], ...(recorded ?? (await read(words))) }
    scores.set(headline.headlineId, fresh)
    return fresh
  }

  return {
    settings,
    async known(fromMs, toMs) {
      const wanted = relevant.slice(firstAfter(fromMs), firstAfter(toMs))
      const read: ReadHeadline[] = []
      for (const one of wanted) read.push(await scored(one))
      return read
    },
  }
}
