import { basename } from 'node:path'
import type { MarketSymbol } from '@shared/contract/candle'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import type { DeskNews } from '../engine/desk/news-reading'
import { createLog } from '../engine/log'
import { systemClock } from '../engine/market/clock'
import type { Places } from '../engine/places'
import { openRunNews } from '../engine/run-news'
import { openQuietGateway } from './quiet-gateway'

export interface RecordedNewsHere {
  /** Null where no file was named. */
  readonly source: DeskNews | null
  close(): Promise<void>
}

/** The headlines of a file, for a command that runs no engine; they are read by whoever reads them in a run. */
export async function openRecordedNews(
  places: Places,
  settings: Settings,
  symbols: readonly MarketSymbol[],
  newsFile: string | undefined,
): Promise<Outcome<RecordedNewsHere>> {
  if (newsFile === undefined) return success({ source: null, close: async () => undefined })
  const gateway = openQuietGateway(places, settings)
  const parts = { places, settings, gateway, clock: systemClock, log: createLog(process.env) }
  const opened = await openRunNews({ venue: 'replay', symbols, newsFile }, parts)
  if (!opened.ok) {
    await gateway.close()
    return opened
  }
  const { source, close } = opened.value
  return success({
    source,
    async close() {
      await close()
      await gateway.close()
    },
  })
}

/** For the assumptions of a report. */
export function newsNotes(newsFile: string | undefined): string[] {
  if (newsFile === undefined) return []
  return [`Where a headline in ${basename(newsFile)} speaks of a symbol, its sentiment is that of headlines.`]
}
