import { failure } from '@shared/contract/outcome'
import { headlineReader } from '../../engine/headline-reading'
import { systemClock } from '../../engine/market/clock'
import { visitFeeds } from '../../engine/market/news/news'
import { openNewsStore } from '../../engine/market/news/news-store'
import type { Places } from '../../engine/places'
import { readSettings } from '../../engine/settings-file'
import { exitCode, failWith } from '../exit'
import { watchInterruption } from '../interruption'
import { print, table } from '../output'

/**
 * Asks every feed once and reads what is new with the word list; a running desk reads it with FinGPT where it has it. A
 * feed that fails is told of; only when none answers has the command failed.
 */
export async function fetchNews(places: Places, options: { readonly json: boolean }): Promise<number> {
  const interruption = watchInterruption()
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const { feeds, allowPrivateAddresses } = settings.value.news
  if (feeds.length === 0) return failWith(failure('no_feeds', 'No feed is named yet: `news add URL`.').problem)
  const opened = openNewsStore(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const store = opened.value
  try {
    const { signal } = interruption
    const visits = await visitFeeds({ feeds, store, clock: systemClock, allowPrivateAddresses, signal })
    const read = headlineReader({ gateway: null, modelFiles: {}, store, nowMs: systemClock.nowMs })
    for (const headline of visits.flatMap(({ fresh }) => fresh)) await read(headline)
    print(options.json, { feeds: visits }, () =>
      table(
        visits.map(({ url, fresh, problem }) => [url, problem === null ? `${fresh.length} new` : problemText(problem)]),
      ),
    )
    const failed = visits.length > 0 && visits.every(({ problem }) => problem !== null)
    return interruption.exitCode() ?? (failed ? exitCode.failed : exitCode.done)
  } finally {
    store.close()
  }
}

const problemText = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  `${message} [${code}]`
