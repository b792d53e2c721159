import type { NewsSettings } from '@shared/contract/news'
import { failure, type Outcome } from '@shared/contract/outcome'
import type { Places } from '../../engine/places'
import { readSettings, writeNewsSettings } from '../../engine/settings-file'
import { failWith } from '../exit'
import { print } from '../output'

interface Options {
  readonly json: boolean
}

export function addFeed(places: Places, url: string, options: Options): number {
  const known = readSettings(places.dataDir, process.env)
  if (!known.ok) return failWith(known.problem)
  const { feeds } = known.value.news
  const address = URL.parse(url)?.href ?? url
  return told(writeNewsSettings(places.dataDir, { feeds: [...new Set([...feeds, address])] }), options)
}

export function removeFeed(places: Places, url: string, options: Options): number {
  const known = readSettings(places.dataDir, process.env)
  if (!known.ok) return failWith(known.problem)
  const { feeds } = known.value.news
  const rest = feeds.filter((feed) => feed !== url && feed !== URL.parse(url)?.href)
  if (rest.length === feeds.length) {
    return failWith(failure('feed_unknown', `${url} is not among the feeds. \`news list\` shows them.`).problem)
  }
  return told(writeNewsSettings(places.dataDir, { feeds: rest }), options)
}

export function switchNews(places: Places, enabled: boolean, options: Options): number {
  return told(writeNewsSettings(places.dataDir, { enabled }), options)
}

function told(written: Outcome<NewsSettings>, { json }: Options): number {
  if (!written.ok) return failWith(written.problem)
  const { enabled, feeds } = written.value
  return print(json, { enabled, feeds }, () => [newsState(written.value), ...feeds.map((url) => `  ${url}`)])
}

/** In a sentence: whether a live run would read news. */
export function newsState({ enabled, feeds }: Pick<NewsSettings, 'enabled' | 'feeds'>): string {
  if (!enabled) return `News are off: sentiment comes from price action. Feeds named: ${feeds.length}.`
  return feeds.length === 0
    ? 'News are on, but no feed is named, so there are none: `news add URL`.'
    : `News are on: live runs read ${feeds.length} ${feeds.length === 1 ? 'feed' : 'feeds'}.`
}
