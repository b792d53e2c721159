/**
 * News: headlines from feeds that the trader names, or from a recording. A headline is known from the moment at which
 * this desk first saw it, whatever its publisher says; its words are somebody else's and never more than text. This
 * folder fetches, reads and keeps them, and says which assets they name; others judge what they mean.
 */
import type { Headline } from '@shared/contract/news'
import type { Outcome, Problem } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import type { WallClock } from '../clock'
import { feedEntries } from './feed-entries'
import { fetchFeed } from './feed-fetch'
import { feedText } from './feed-text'
import { sourceText } from './headline-text'
import type { NewsStore } from './news-store'

/** How asking one feed ended. */
export interface FeedVisit {
  readonly url: string
  /** Headlines that nobody had seen before. */
  readonly fresh: readonly Headline[]
  readonly problem: Problem | null
}

export interface FeedRound {
  readonly feeds: readonly string[]
  readonly store: NewsStore
  readonly clock: Pick<WallClock, 'nowMs'>
  readonly allowPrivateAddresses: boolean
  readonly signal: AbortSignal
}

/** Feeds asked at one time. */
const sideBySide = 4

/** Asks every feed once. A feed that fails is told of and noted; the others are read all the same. */
export async function visitFeeds(round: FeedRound): Promise<readonly FeedVisit[]> {
  const visits: FeedVisit[] = []
  for (let first = 0; first < round.feeds.length && !round.signal.aborted; first += sideBySide) {
    const group = round.feeds.slice(first, first + sideBySide)
    visits.push(...(await Promise.all(group.map((url) => visitOrProblem(url, round)))))
  }
  return visits
}

/** A store that cannot be written (a full disk) loses this round's headlines; the next one finds them again. */
async function visitOrProblem(url: string, round: FeedRound): Promise<FeedVisit> {
  try {
    return await visitFeed(url, round)
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    const message = `What ${url} told could not be kept: ${error.message}. Free some space, or move news.db away.`
    return { url, fresh: [], problem: { code: 'news_store_unusable', message } }
  }
}

async function visitFeed(url: string, { store, clock, allowPrivateAddresses, signal }: FeedRound): Promise<FeedVisit> {
  const fetched = await fetchFeed(url, store.feed(url), { allowPrivateAddresses, signal })
  // Known from when it is here, which is after it was asked for.
  const atMs = clock.nowMs()
  if (!fetched.ok) return failed(fetched)
  if (fetched.value === null) {
    store.unchanged(url, atMs)
    return { url, fresh: [], problem: null }
  }
  const { bytes, contentType, url: readFrom, etag, lastModified } = fetched.value
  const text = feedText(bytes, contentType)
  if (!text.ok) return failed(text)
  const document = feedEntries(text.value, readFrom)
  if (!document.ok) return failed(document)
  const source = document.value.title ?? sourceText(new URL(url).hostname)
  return { url, fresh: store.receive(url, document.value, source, { etag, lastModified }, atMs), problem: null }

  function failed({ problem }: Extract<Outcome<unknown>, { ok: false }>): FeedVisit {
    // What was told to stop has not failed.
    if (!signal.aborted) store.failed(url, problem, atMs)
    return { url, fresh: [], problem }
  }
}
