import { join } from 'node:path'
import { type MarketSymbol, symbolParts } from '@shared/contract/candle'
import { type NewsSettings, type NewsView, newsSettingsSchema } from '@shared/contract/news'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import type { DeskNews } from './desk/news-reading'
import type { Gateway } from './gateway/gateway'
import type { GatewayLog } from './gateway/gateway-log'
import { headlineReader } from './headline-reading'
import { createLiveNews } from './live-news'
import type { WallClock } from './market/clock'
import { assetReader, readAssetNames } from './market/news/asset-names'
import { type NewsStore, openNewsStore } from './market/news/news-store'
import { readRecordedNews } from './market/news/recorded-news'
import { recordedNews } from './recorded-run-news'
import type { RunRequest } from './runs'

/** The trader's own names of assets, in the data folder. */
export const ownAssetNames = 'news-assets.json'

export interface RunNewsOptions {
  readonly places: { readonly dataDir: string; readonly assetNamesPath: string }
  readonly settings: Settings
  readonly gateway: Gateway
  readonly clock: WallClock
  readonly log: GatewayLog
}

/** News of one run. */
export interface RunNews {
  /** As they belong into the run's specification: without what does not change what a headline means. */
  readonly settings: NewsSettings
  readonly newsHash: string | undefined
  /** Null where news are off. */
  readonly source: DeskNews | null
  /** What the screen shows beside the run; null where its own headlines are all there is. */
  view: ((limit: number) => Pick<NewsView, 'feeds' | 'headlines'>) | null
  /** The run's market is open: feeds are read from now on, by its clock. */
  begin(nowMs: () => number): void
  close(): Promise<void>
}

const nothing = { begin: () => undefined, close: async () => undefined }
const off = newsSettingsSchema.parse({})

/** Recorded news where a file is named; feeds where the market is live and the settings want them; otherwise none. */
export async function openRunNews(
  request: Pick<RunRequest, 'venue' | 'symbols' | 'newsFile'>,
  options: RunNewsOptions,
): Promise<Outcome<RunNews>> {
  const { news } = options.settings
  if (request.newsFile != null) return openRecordedNews(request.newsFile, request.symbols, options)
  if (request.venue === 'binance' && news.enabled && news.feeds.length > 0)
    return openLiveNews(request.symbols, options)
  return success({ settings: off, newsHash: undefined, source: null, view: null, ...nothing })
}

async function openRecordedNews(
  path: string,
  symbols: readonly MarketSymbol[],
  options: RunNewsOptions,
): Promise<Outcome<RunNews>> {
  const recorded = await readRecordedNews(path)
  if (!recorded.ok) return recorded
  const subject = subjectOf(symbols, options)
  if (!subject.ok) return subject
  // It only spares reading headlines twice.
  const store = openNewsStore(options.places.dataDir)
  if (!store.ok) options.log.warn({ problem: store.problem }, 'Scores of headlines are not kept')
  const { headlines, newsHash } = recorded.value
  const settings = meaningOf(options.settings.news)
  const read = headlineReader({ ...readerParts(options), store: store.ok ? store.value : null })
  const source = recordedNews({ settings, headlines, ...subject.value, read })
  const close = async (): Promise<void> => (store.ok ? store.value.close() : undefined)
  return success({ settings, newsHash, source, view: null, ...nothing, close })
}

async function openLiveNews(symbols: readonly MarketSymbol[], options: RunNewsOptions): Promise<Outcome<RunNews>> {
  const subject = subjectOf(symbols, options)
  if (!subject.ok) return subject
  const opened = openNewsStore(options.places.dataDir)
  if (!opened.ok) return opened
  const store = opened.value
  const { clock, log } = options
  const settings = options.settings.news
  const read = headlineReader({ ...readerParts(options), store })
  const source = createLiveNews({ settings, store, clock, log, ...subject.value, read })
  const ending = new AbortController()
  let following: Promise<void> | null = null
  return success({
    settings: meaningOf(settings),
    newsHash: undefined,
    source,
    view: (limit) => newsIn(store, settings, limit),
    begin(nowMs) {
      following ??= source.follow(ending.signal, nowMs)
    },
    async close() {
      ending.abort()
      await following
      store.close()
    },
  })
}

/** How the feeds fared, and the newest headlines. */
export function newsIn(
  store: NewsStore,
  { feeds }: NewsSettings,
  limit: number,
): Pick<NewsView, 'feeds' | 'headlines'> {
  return { feeds: feeds.map((url) => store.feed(url).state), headlines: store.latest(limit) }
}

/**
 * Two runs differ where headlines mean something else, not where they were asked for more often: another feed does not
 * begin another account, and every headline that counted stands in the journal anyway.
 */
function meaningOf({ halfLifeHours, maxHeadlines }: NewsSettings): NewsSettings {
  return { ...off, enabled: true, halfLifeHours, maxHeadlines }
}

function readerParts({ gateway, settings, clock }: RunNewsOptions) {
  return { gateway, modelFiles: settings.inference.modelFiles, nowMs: clock.nowMs }
}

function subjectOf(symbols: readonly MarketSymbol[], { places }: RunNewsOptions) {
  const names = readAssetNames(places.assetNamesPath, join(places.dataDir, ownAssetNames))
  if (!names.ok) return names
  const watched = symbols.map((symbol) => symbolParts(symbol).base)
  return success({
    assetsOf: assetReader(names.value, watched),
    concerns: (assets: readonly string[]) => assets.length === 0 || assets.some((asset) => watched.includes(asset)),
  })
}
