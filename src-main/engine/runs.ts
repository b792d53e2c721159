import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { FillSource } from '@shared/contract/market-data'
import type { Slot } from '@shared/contract/model'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import type { Desk } from './desk/desk'
import { contentId } from './desk/identity'
import type { LedgerWriter } from './journal/ledger'
import type { ReplaySpeed } from './market/venue'

/** What somebody wants the desk to run over. */
export interface RunRequest {
  readonly venue: 'replay' | 'binance'
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Decisions belong to candles that open in [fromMs, toMs); null means no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly modelPreference: Slot | null
  /** Folder of candle files, for a replay. */
  readonly candlesDir: string
  readonly speed: ReplaySpeed
  /** A file of recorded news; without one, a replay has no news. */
  readonly newsFile?: string | null
  /** Another server that speaks Binance's formats, for a live run; Binance itself without it. */
  readonly exchangeUrl?: string
  /** False: shorter candles beside those of the run tell nothing of what happened inside them. */
  readonly inside?: boolean
  /** What fills orders in a replay: candles where it is absent. */
  readonly fills?: FillSource
  /** Who decides in place of the models; absent where they do. */
  readonly policy?: string
}

/** `dataHash`: of the market that the request opened; `newsHash`: of its recorded news, where it has any. */
export function runSpec(
  request: RunRequest,
  settings: Settings,
  dataHash: string | null,
  newsHash?: string | undefined,
): RunSpec {
  const { venue, symbols, timeframe, fromMs, toMs, modelPreference, exchangeUrl, fills } = request
  return {
    ...{ venue, symbols: [...symbols].sort(), timeframe, fromMs, toMs, modelPreference, settings, dataHash },
    ...(newsHash === undefined ? {} : { newsHash }),
    ...(request.policy === undefined ? {} : { policy: request.policy }),
    ...(fills === undefined || fills === 'candles' ? {} : { fills }),
    ...(exchangeUrl === undefined ? {} : { exchangeUrl }),
  }
}

/**
 * Where a live run that is continued takes up its market again: at the candles that closed with its last decision, so
 * that what closed while nobody watched is handed out in order. Null for a run that has not decided yet.
 */
export function takenUpFromMs({ spec, history }: OpenRun): number | null {
  const last = history.findLast((event) => event.type === 'decision.made')
  return last === undefined ? null : last.atMs - timeframeMs[spec.timeframe]
}

/** A run that the ledger knows, or one that is about to begin. */
export interface OpenRun {
  readonly runId: string
  readonly ordinal: number
  readonly spec: RunSpec
  /** What the ledger holds of it; empty when it is new. */
  readonly history: readonly JournalEvent[]
}

/**
 * The unfinished run of this specification, or the next one; other candles make another run. The id follows from the specification and from how many
 * equal runs were finished before, so that a run in a new data folder has the same ids and ends with the same chain head.
 */
export function findRun(ledger: LedgerWriter, spec: RunSpec): OpenRun {
  const wording = canonicalJson(spec)
  const equalRuns = ledger.runs().filter((run) => canonicalJson(run.spec) === wording)
  const unfinished = equalRuns.find((run) => run.end === null)
  if (unfinished !== undefined) {
    const { runId, ordinal } = unfinished
    return { runId, ordinal, spec, history: [...ledger.runEvents(runId)] }
  }
  const ordinal = equalRuns.length + 1
  return { runId: contentId('run', wording, ordinal), ordinal, spec, history: [] }
}

/** Writes the first event of a new run; one that the ledger knows is left as it is. `atMs` is the market's clock. */
export function beginRun(ledger: LedgerWriter, run: OpenRun, atMs: number): Outcome<OpenRun> {
  if (run.history.length > 0) return success(run)
  const { runId, ordinal, spec } = run
  const payload = { runId, ordinal, spec, startingCash: spec.settings.broker.startingCash }
  const started = { type: 'run.started', atMs, payload } satisfies JournalEvent
  const committed = ledger.commit({ events: [started], measurements: [] })
  return committed.ok ? success({ ...run, history: [started] }) : committed
}

/**
 * The trader's last word holds for every run of the data folder: after the kill switch a new run starts halted, until
 * the trader resumes. A halted desk that still holds what its kill switch should have closed closes it now.
 */
export async function carryState(
  ledger: Pick<LedgerWriter, 'deskState'>,
  runId: string,
  desk: Pick<Desk, 'status' | 'command'>,
): Promise<Outcome<unknown>> {
  const last = ledger.deskState()
  if (last === null) return success(null)
  if (last.state === 'halted') return desk.command('kill')
  const isPaused = last.state === 'reduce_only' && last.by === 'user' && last.runId !== runId
  return isPaused && desk.status().state === 'active' ? desk.command('pause') : success(null)
}
