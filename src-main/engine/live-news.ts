import type { Headline, NewsSettings, ReadHeadline } from '@shared/contract/news'
import Database from 'better-sqlite3'
import { newsWindowMs } from './context/news-sentiment'
import type { DeskNews } from './desk/news-reading'
import type { GatewayLog } from './gateway/gateway-log'
import type { HeadlineReader } from './headline-reading'
import type { WallClock } from './market/clock'
import type { AssetReader } from './market/news/asset-names'
import { type FeedVisit, visitFeeds } from './market/news/news'
import type { NewsStore } from './market/news/news-store'
import { byTimeKnown } from './market/news/recorded-news'

export interface LiveNewsOptions {
  readonly settings: NewsSettings
  readonly store: NewsStore
  readonly clock: Pick<WallClock, 'sleepMs'>
  readonly log: GatewayLog
  readonly assetsOf: AssetReader
  /** Whether a headline about these assets concerns the run; none means the whole market. */
  concerns(assets: readonly string[]): boolean
  readonly read: HeadlineReader
}

/** Feeds that are read beside a live run. A decision never waits for them: what is not read yet waits for the next. */
export interface LiveNews extends DeskNews {
  /**
   * Reads the feeds now and then again and again; resolves once the signal has fired and the last round has ended.
   * `nowMs` is the market's clock: what is known when is said in the time that candles close in.
   */
  follow(signal: AbortSignal, nowMs: () => number): Promise<void>
}

const minuteMs = 60_000
/** Headlines are kept for the screen and for other runs for as long as a month. */
const keptMs = 31 * 24 * 60 * minuteMs

export function createLiveNews(options: LiveNewsOptions): LiveNews {
  const { settings, store, clock, log, assetsOf, read } = options
  const windowMs = newsWindowMs(settings)
  let ready: readonly ReadHeadline[] = []

  async function readOne(headline: Headline, nowMs: number): Promise<void> {
    const assets = assetsOf(headline.title)
    if (!options.concerns(assets) || ready.some(({ headlineId }) => headlineId === headline.headlineId)) return
    const score = await read(headline)
    const fromMs = nowMs - windowMs
    const still = ready.filter(({ knownAtMs }) => knownAtMs > fromMs)
    ready = [...still, { ...headline, assets: [...assets], ...score }].sort(byTimeKnown)
  }

  async function round(signal: AbortSignal, clockMs: () => number): Promise<void> {
    const { feeds, allowPrivateAddresses } = settings
    for (const visit of await visitFeeds({ feeds, store, clock: { nowMs: clockMs }, allowPrivateAddresses, signal }))
      tell(visit, signal)
    const nowMs = clockMs()
    for (const headline of store.between(nowMs - windowMs, nowMs)) {
      if (signal.aborted) return
      await readOne(headline, nowMs)
    }
    store.forgetBefore(nowMs - keptMs)
  }

  /** A full disk costs the headlines that are new in this round, never the run. */
  async function roundOrWarning(signal: AbortSignal, nowMs: () => number): Promise<void> {
    try {
      await round(signal, nowMs)
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      log.warn({ code: error.code }, 'Headlines could not be kept')
    }
  }

  function tell({ url, problem }: FeedVisit, signal: AbortSignal): void {
    if (problem !== null && !signal.aborted) log.warn({ url, problem }, 'A news feed could not be read')
  }

  return {
    settings,
    known: async (fromMs, toMs) => ready.filter(({ knownAtMs }) => knownAtMs > fromMs && knownAtMs <= toMs),
    async follow(signal, nowMs) {
      while (!signal.aborted) {
        await roundOrWarning(signal, nowMs)
        await clock.sleepMs(settings.pollMinutes * minuteMs, signal)
      }
    },
  }
}
