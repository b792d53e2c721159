import type { Decision } from '@shared/contract/decision'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import { runSpecOf } from '@shared/contract/journal'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { equityOf, openAccount } from '../../broker/account'
import { applyEvent } from '../../broker/account-fold'
import { assumptionsOf } from './assumptions'
import type { KnownModel } from './recorded-models'
import type { TradingRecord } from './trading-record'
import { positionsValueOf, recordTrading } from './trading-recorder'

export interface JournalRecordOptions {
  /** Looks a model up by the SHA-256 of its file; null where nothing is known of it. */
  readonly knownModel: (modelHash: string) => KnownModel | null
}

export type JournalRecordProblemCode = 'run_without_decisions' | 'run_incomplete'

type RunStarted = Extract<JournalEvent, { type: 'run.started' }>

/**
 * The record of one run of the ledger, from its events in their order. Prices are the closes that decisions were made
 * on: the journal keeps no candles. The account is folded as the desk folds it.
 */
export function tradingRecordOfJournal(
  events: Iterable<JournalEvent>,
  options: JournalRecordOptions,
): Outcome<TradingRecord, JournalRecordProblemCode> {
  let started: RunStarted | null = null
  let reading: Reading | null = null
  // What stands before the first decision, which tells when the run began: oddities of the market, headlines.
  const early: JournalEvent[] = []
  for (const event of events) {
    if (event.type === 'run.started') started = event
    else if (reading !== null) reading.read(event)
    else if (started === null || event.type !== 'decision.made') early.push(event)
    else {
      reading = readRun(started, event.payload, options)
      for (const earlier of [...early, event]) reading.read(earlier)
    }
  }
  if (started === null) return failure('run_incomplete', 'The run has no beginning in the journal: nothing to report.')
  if (reading === null) {
    return failure('run_without_decisions', 'The run has decided on no candle yet: there is nothing to report.')
  }
  return success(reading.end())
}

interface Reading {
  read(event: JournalEvent): void
  end(): TradingRecord
}

function readRun({ payload }: RunStarted, first: Decision, { knownModel }: JournalRecordOptions): Reading {
  const spec = runSpecOf(payload.spec)
  const { startingCash, runId } = payload
  let account = openAccount({ ...spec.settings.broker, startingCash })
  let finished = false
  const recorder = recordTrading({ facts: factsOf(runId, spec, first), account, prices: 'closes', knownModel })
  return {
    read(event) {
      const before = account
      account = applyEvent(account, event)
      recorder.happened(event, before, account)
      if (event.type === 'run.finished') finished = true
      if (event.type !== 'decision.made') return
      const { action, symbol, candleOpenMs, decidedAtMs, context } = event.payload
      const { price } = context
      recorder.decided(action)
      recorder.closed(
        { symbol, openMs: candleOpenMs, atMs: decidedAtMs, open: price, high: price, low: price, close: price },
        equityOf(account).toNumber(),
        positionsValueOf(account),
      )
    },
    end: () => recorder.end(account, finished),
  }
}

function factsOf(runId: string, spec: RunSpec, first: Decision) {
  const { symbols, timeframe, modelPreference, settings, dataHash } = spec
  const origin = spec.venue === 'replay' ? ('replay' as const) : ('live' as const)
  return {
    title: `${modelPreference ?? 'models'}, ${timeframe}`,
    origin,
    runId,
    policy: modelPreference ?? 'models',
    symbols: [...symbols],
    timeframe,
    fromMs: first.candleOpenMs,
    assumptions: assumptionsOf(settings.broker, spec.fills ?? (origin === 'live' ? 'book' : 'candles')),
    seed: settings.inference.seed,
    dataHash: dataHash ?? null,
  }
}
