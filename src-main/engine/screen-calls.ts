import type { DeskCalls, DeskPush, DeskSnapshot } from '@shared/contract/desk-calls'
import type { RunSpec } from '@shared/contract/journal'
import type { MarketFeed } from '@shared/contract/market-data'
import type { NewsSettings, NewsView, ScreenNews } from '@shared/contract/news'
import type { Outcome } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { version } from '../../package.json'
import { openAccount } from './broker/account'
import { riskView, summarizeAccount } from './broker/account-views'
import type { CandleBook } from './candle-book'
import type { Desk, DeskChange, DeskStatus } from './desk/desk'
import type { DeskCommand } from './desk/desk-command'
import type { Gateway } from './gateway/gateway'
import type { LedgerWriter } from './journal/ledger'
import { cancelOrder, placeOrder } from './order-calls'
import { riskState } from './risk/risk-state'
import type { RunNews } from './run-news'
import { readSettings, writeNewsSettings } from './settings-file'

export interface ScreenOptions {
  readonly ledger: LedgerWriter
  readonly gateway: Gateway
  readonly candles: CandleBook
  readonly settings: Settings
  /** Where the settings of the next start are. */
  readonly dataDir: string
}

/** The run that screens look at. */
export interface ShownRun {
  readonly runId: string
  readonly spec: RunSpec
  readonly desk: Desk
  readonly news: Pick<RunNews, 'source' | 'view'>
  /** How its market is heard; null where that is recorded. */
  feed(): MarketFeed | null
}

export interface ScreenCalls {
  readonly calls: DeskCalls
  subscribe(listener: (push: DeskPush) => void): () => void
  /** Turns every screen to this run. */
  show(run: ShownRun): void
  /** Tells every screen that the market is heard otherwise than before. */
  feedChanged(): void
}

/** A problem that a screen can do nothing about but show: it travels as the error of the call. */
class CallFailed extends Error {}

/** What screens may ask and are told: the desk's state, read from the desk and from the journal. */
export function createScreenCalls({ ledger, gateway, candles, settings, dataDir }: ScreenOptions): ScreenCalls {
  const listeners = new Set<(push: DeskPush) => void>()
  const untouched = openAccount(settings.broker)
  const beforeTheFirstRun: DeskStatus = {
    state: 'active',
    stateReason: 'Nothing runs yet.',
    marketTimeMs: null,
    decisions: 0,
    account: summarizeAccount(untouched),
    risk: riskState(riskView(untouched), settings.risk, 0),
  }
  let shown: ShownRun | null = null
  let finished = false

  function snapshot(): DeskSnapshot {
    const status = shown?.desk.status() ?? beforeTheFirstRun
    return {
      version,
      mode: 'paper',
      state: status.state,
      stateReason: status.stateReason,
      run: shown === null ? null : { runId: shown.runId, spec: shown.spec, finished },
      marketTimeMs: status.marketTimeMs,
      feed: shown?.feed() ?? null,
      account: status.account,
      risk: status.risk,
      slots: gateway.health(),
      chain: ledger.head(),
    }
  }

  function tell(change: Pick<DeskChange, 'events' | 'measurements' | 'update'>): void {
    finished ||= change.events.some((event) => event.type === 'run.finished')
    if (listeners.size === 0) return
    const { events, measurements, update } = change
    const push: DeskPush = {
      snapshot: snapshot(),
      events: [...events],
      measurements: [...measurements],
      candle: update === null ? null : { symbol: update.symbol, candle: update.candle },
    }
    for (const listener of listeners) listener(push)
  }

  /** Beside feeds, what they told last; in a replay, what the run has read of its recording. */
  function newsView(limit: number): NewsView {
    if (shown === null || shown.news.source === null) return { enabled: false, feeds: [], headlines: [] }
    const live = shown.news.view?.(limit) ?? { feeds: [], headlines: [...ledger.news({ runId: shown.runId, limit })] }
    return { enabled: true, ...live }
  }

  const settingOf = ({ enabled, feeds }: NewsSettings): ScreenNews['setting'] => ({ enabled, feeds: feeds.length })

  function newsSetting(): ScreenNews['setting'] {
    const now = readSettings(dataDir, process.env)
    return now.ok ? settingOf(now.value.news) : null
  }

  async function command(name: DeskCommand): Promise<DeskSnapshot> {
    if (shown === null) throw new CallFailed('Nothing runs yet, so there is nothing to stop.')
    const obeyed: Outcome<DeskStatus> = await shown.desk.command(name)
    if (!obeyed.ok) throw new CallFailed(obeyed.problem.message)
    return snapshot()
  }

  return {
    calls: {
      snapshot: async () => snapshot(),
      candles: async ({ symbol, limit }) => ({
        symbol,
        timeframe: shown?.spec.timeframe ?? '1h',
        candles: [...candles.last(symbol, limit)],
      }),
      decisions: async ({ limit, symbol }) => ledger.decisions({ limit, symbol, runId: shown?.runId }),
      news: async ({ limit }) => ({ ...newsView(limit), setting: newsSetting() }),
      async switchNews({ enabled }) {
        const written = writeNewsSettings(dataDir, { enabled })
        if (!written.ok) throw new CallFailed(written.problem.message)
        return settingOf(written.value)
      },
      activity: async ({ limit }) => (shown === null ? [] : ledger.activity({ runId: shown.runId, limit })),
      pause: () => command('pause'),
      resume: () => command('resume'),
      kill: () => command('kill'),
      async reopenModels() {
        gateway.reopen()
        return snapshot()
      },
      placeOrder: (ticket) => placeOrder(shown?.desk ?? null, ticket),
      cancelOrder: ({ orderId }) => cancelOrder(shown?.desk ?? null, orderId),
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    show(run) {
      shown = run
      finished = false
      run.desk.subscribe(tell)
    },
    feedChanged() {
      // Looked at once, so that the moment of the change is known although no screen may be there.
      shown?.feed()
      tell({ events: [], measurements: [], update: null })
    },
  }
}
