import { type MarketSymbol, symbolParts } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { NewsSettings, ReadHeadline } from '@shared/contract/news'
import { type ContextNews, contextNews, newsWindowMs } from '../context/news-sentiment'

/** Where the headlines of a run come from: a recording, or feeds that are read meanwhile. */
export interface DeskNews {
  readonly settings: Pick<NewsSettings, 'halfLifeHours' | 'maxHeadlines'>
  /** Scored headlines that became known in (fromMs, toMs], oldest first. Never waits for a feed. */
  known(fromMs: number, toMs: number): Promise<readonly ReadHeadline[]>
}

/** What news add to one step. */
export interface StepNews {
  /** Headlines that the run had not read yet; they stand in the journal before the decision that may use them. */
  readonly events: readonly JournalEvent[]
  /** Null where news are off. */
  readonly context: ContextNews | null
}

interface Step {
  readonly runId: string
  readonly symbol: MarketSymbol
  readonly atMs: number
}

/** `read`: what the run's earlier steps have read and still counts. */
export async function newsOfStep(
  news: DeskNews | null,
  read: readonly ReadHeadline[],
  { runId, symbol, atMs }: Step,
): Promise<StepNews> {
  if (news === null) return { events: [], context: null }
  const known = await news.known(atMs - newsWindowMs(news.settings), atMs)
  const readIds = new Set(read.map(({ headlineId }) => headlineId))
  const fresh = known.filter(({ headlineId, knownAtMs }) => knownAtMs <= atMs && !readIds.has(headlineId))
  return {
    events: fresh.map((headline) => ({ type: 'news.read', atMs, payload: { ...headline, runId } })),
    context: contextNews([...read, ...fresh], symbolParts(symbol).base, atMs, news.settings),
  }
}

/** The headlines that a run has read and that still count; folded from its events and from nothing else. */
export function rememberNews(
  read: readonly ReadHeadline[],
  events: readonly JournalEvent[],
  settings: Pick<NewsSettings, 'halfLifeHours'>,
): readonly ReadHeadline[] {
  const fresh = events.flatMap((event) => (event.type === 'news.read' ? [event] : []))
  const last = fresh.at(-1)
  if (last === undefined) return read
  const fromMs = last.atMs - newsWindowMs(settings)
  const still = read.filter(({ knownAtMs }) => knownAtMs > fromMs)
  return [...still, ...fresh.map(({ payload: { runId: _run, ...headline } }) => headline)]
}
