import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { continuedPolicy, loadUserPolicy, type UserPolicy } from '../engine/analysis/backtest/user-policy'
import { type TradingRecord, withNotes } from '../engine/analysis/report/trading-record'
import { tradingRecordOfJournal } from '../engine/analysis/report/trading-record-of-journal'
import { type EngineOptions, openEngine } from '../engine/engine'
import type { AnswerCounts } from '../engine/gateway/answer-cache/answer-cache'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import { knownModels } from '../engine/known-models'
import { createLog } from '../engine/log'
import { systemClock } from '../engine/market/clock'
import { scanHistories } from '../engine/market/replay-venue'
import type { Places } from '../engine/places'
import { readAnswerSettings } from '../engine/settings-file'
import type { BacktestOptions } from './backtest'
import type { Interruption } from './interruption'
import { note } from './output'
import { progressBar } from './progress-bar'

/**
 * A backtest by the desk itself: models, or a trader's own policy. It is journalled in `--out`, where the same command
 * goes on after an interruption; without `--out` the journal lives as long as the command. Models are asked nothing
 * twice, unless the settings say otherwise.
 */
export async function deskBacktest(
  places: Places,
  options: BacktestOptions,
  name: string,
  settings: Settings,
  { signal }: Interruption,
): Promise<Outcome<TradingRecord | null>> {
  const { symbols, timeframe, policy, out } = options
  const candles = await countCandles(places, options)
  if (!candles.ok) return candles
  const answers = readAnswerSettings(places.dataDir)
  if (!answers.ok) return answers
  const user =
    policy === 'models' ? null : await loadUserPolicy(policy, { settings, program: places.policyWorkerProgram })
  if (user !== null && !user.ok) return user
  const journal = out === undefined ? passingFolder() : { dir: resolve(out, 'journal'), remove: () => undefined }
  const ledgerDir = journal.dir
  try {
    const opened = await openEngine({
      places: { ...places, ledgerDir },
      settings,
      answers: answers.value,
      clock: systemClock,
      log: createLog(process.env),
      ...(user === null ? {} : { decider: policyDecider(user.value) }),
    })
    if (!opened.ok) return opened
    const engine = opened.value
    let runId: string
    let notices: readonly string[]
    try {
      const started = await engine.startRun({
        ...{ venue: 'replay', symbols, timeframe, modelPreference: null, speed: 'max' },
        fromMs: options.from ?? null,
        toMs: options.to ?? null,
        inside: options.inside,
        fills: options.fills,
        candlesDir: options.candles ?? places.sampleDataDir,
        newsFile: options.news ?? null,
        ...(user === null ? {} : { policy: user.value.name }),
      })
      if (!started.ok) return started
      const { desk, resumed } = started.value
      runId = started.value.runId
      notices = started.value.notices
      if (resumed) note(`Continuing after ${desk.status().decisions} decisions.`)
      const bar = progressBar('Backtest')
      let decided = desk.status().decisions
      desk.subscribe(({ measurements }) => {
        decided += measurements.length
        bar.tell(decided, candles.value)
      })
      const ended = await desk.run(signal)
      bar.end()
      if (!ended.ok) return ended
      if (user === null) note(answersNote(engine.answerCounts()))
      if (ended.value === 'stopped') {
        note(
          out === undefined
            ? 'Stopped. Nothing is kept; with --out the same command goes on.'
            : 'The same command goes on from here.',
        )
        return success(null)
      }
    } finally {
      await engine.close()
    }
    const record = recordOfRun(places, ledgerDir, runId, options, name)
    return record.ok ? success(withNotes(record.value, notices)) : record
  } finally {
    await user?.value.close()
    journal.remove()
  }
}

/** A folder that goes with the command, also where a second Ctrl-C ends it at once. */
function passingFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'quartet-backtest-'))
  const clear = (): void => rmSync(dir, { recursive: true, force: true })
  process.once('exit', clear)
  return {
    dir,
    remove() {
      process.off('exit', clear)
      clear()
    },
  }
}

/** How many candles will be decided on: for whoever watches. */
async function countCandles(places: Places, options: BacktestOptions): Promise<Outcome<number>> {
  const { symbols, timeframe, from: fromMs = null, to: toMs = null } = options
  const dir = options.candles ?? places.sampleDataDir
  const scanned = await scanHistories({ dir, symbols, timeframe, fromMs, toMs, inside: false })
  if (!scanned.ok) return scanned
  return success(scanned.value.reduce((sum, { candlesInWindow }) => sum + candlesInWindow, 0))
}

function policyDecider(policy: UserPolicy): NonNullable<EngineOptions['decider']> {
  return (history) => {
    const decide = continuedPolicy(policy, history)
    return ({ context }) => decide(context)
  }
}

function answersNote({ recalled, asked }: AnswerCounts): string {
  return `${recalled} answers were known from before, ${asked} questions went to models.`
}

function recordOfRun(
  places: Places,
  ledgerDir: string,
  runId: string,
  { policy, timeframe }: BacktestOptions,
  name: string,
): Outcome<TradingRecord> {
  const reader = openLedgerReader(ledgerDir)
  if (!reader.ok) return reader
  try {
    const record = tradingRecordOfJournal(reader.value.runEvents(runId), { knownModel: knownModels(places, timeframe) })
    if (!record.ok) return record
    const title = name === 'backtest' ? `${policy}, ${timeframe}` : name
    return success({ ...record.value, origin: 'backtest', policy, title })
  } finally {
    reader.value.close()
  }
}
