import type { NewsView } from '@shared/contract/news'
import { openNewsStore } from '../../engine/market/news/news-store'
import type { Places } from '../../engine/places'
import { newsIn } from '../../engine/run-news'
import { readSettings } from '../../engine/settings-file'
import { failWith } from '../exit'
import { print, table, utc } from '../output'
import { newsState } from './feeds'

export function listNews(places: Places, options: { readonly limit: number; readonly json: boolean }): number {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const opened = openNewsStore(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const store = opened.value
  try {
    const { news } = settings.value
    const view: NewsView = { enabled: news.enabled, ...newsIn(store, news, options.limit) }
    return print(options.json, view, () => [newsState(news), ...feedLines(view), '', ...headlineLines(view)])
  } finally {
    store.close()
  }
}

function feedLines({ feeds }: NewsView): string[] {
  return table(
    feeds.map(({ url, title, askedAtMs, problem }) => [
      url,
      title ?? '',
      askedAtMs === null ? 'never asked' : `asked ${utc(askedAtMs)}`,
      problem === null ? '' : `${problem.message} [${problem.code}]`,
    ]),
  )
}

function headlineLines({ headlines }: NewsView): string[] {
  if (headlines.length === 0) return ['No headlines are kept. `news fetch` asks the feeds.']
  return table([
    ['known since', 'score', 'by', 'source', 'headline'],
    ...headlines.map(({ knownAtMs, score, scorer, source, title }) => [
      utc(knownAtMs),
      score === null ? '' : score.toFixed(2),
      scorer ?? '',
      source,
      title,
    ]),
  ])
}
