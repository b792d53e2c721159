import type { MarketSymbol } from '@shared/contract/candle'
import { type DeskState, deskStateOf, type JournalEvent } from '@shared/contract/journal'
import type { ReadHeadline } from '@shared/contract/news'
import type { Settings } from '@shared/contract/settings'
import { rememberNews } from './news-reading'
import type { TradingFloor } from './trading-floor'

/** The desk's memory, folded from the run's events and from nothing else. */
export interface DeskMemory<Account> {
  readonly account: Account
  readonly state: DeskState
  readonly stateBy: 'user' | 'risk'
  readonly stateReason: string
  readonly cursor: StepCursor | null
  readonly decisions: number
  readonly finished: boolean
  readonly headlines: readonly ReadHeadline[]
}

/** Steps are ordered by the time at which their candle closed, then by symbol. */
export interface StepCursor {
  readonly atMs: number
  readonly symbol: MarketSymbol
}

export function blankMemory<Account>(floor: Pick<TradingFloor<Account>, 'openAccount'>): DeskMemory<Account> {
  return {
    account: floor.openAccount(),
    state: 'active',
    stateBy: 'user',
    stateReason: 'The desk trades on paper.',
    cursor: null,
    decisions: 0,
    finished: false,
    headlines: [],
  }
}

export function remember<Account>(
  before: DeskMemory<Account>,
  events: readonly JournalEvent[],
  floor: Pick<TradingFloor<Account>, 'fold'>,
  news: Settings['news'],
): DeskMemory<Account> {
  let { state, stateBy, stateReason, cursor, decisions, finished } = before
  for (const event of events) {
    if (event.type === 'decision.made') {
      cursor = { atMs: event.payload.decidedAtMs, symbol: event.payload.symbol }
      decisions += 1
    } else if (event.type === 'desk.state') {
      state = deskStateOf(event.payload.state)
      stateBy = event.payload.by
      stateReason = event.payload.reason
    } else if (event.type === 'run.finished') {
      finished = true
    }
  }
  const account = floor.fold(before.account, events)
  const headlines = rememberNews(before.headlines, events, news)
  return { account, state, stateBy, stateReason, cursor, decisions, finished, headlines }
}

/** Whether this step, or a later one, was taken already: a continued run passes it by. */
export function isDecided(cursor: StepCursor | null, step: StepCursor): boolean {
  if (cursor === null) return false
  return step.atMs < cursor.atMs || (step.atMs === cursor.atMs && step.symbol <= cursor.symbol)
}
