import { freemem, totalmem } from 'node:os'
import type { MarketContext } from '@shared/contract/context'
import { createContextBuilder } from '../engine/context/context-builder'
import { createGateway } from '../engine/gateway/gateway'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import { createLog } from '../engine/log'
import { openCandleFolder } from '../engine/market/candle-folder'
import { loadSymbolRules } from '../engine/market/exchange-rules'
import { openLibraryHere } from '../engine/open-library'
import type { Places } from '../engine/places'
import { readSettings } from '../engine/settings-file'
import { answersLine, keptAnswersHere } from './answers/answers-line'
import { describeModels } from './described-models'
import { exitCode } from './exit'
import { machineText } from './machine-text'
import { print, table } from './output'

/** One thing that was looked at. `advice` says what to do about it; empty where all is well. */
interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  readonly advice: string
}

/** Looks at everything the desk needs, one finding each; fails when any of them is not well. */
export async function doctor(places: Places, options: { json: boolean }): Promise<number> {
  const findings = [
    runtime(),
    memory(),
    settingsFile(places),
    journal(places),
    answers(places),
    await candles(places),
    await exchangeRules(places),
    ...(await models(places)),
    await starterModel(places),
  ]
  const ok = findings.every((finding) => finding.ok)
  print(options.json, { ok, findings }, () => [
    ...table(findings.map(({ check, ok: well, detail }) => [well ? 'ok' : 'NOT WELL', check, detail])),
    ...findings.filter((finding) => !finding.ok).map(({ check, advice }) => `${check}: ${advice}`),
    ok ? 'The desk has all it needs.' : 'See above for what to do.',
  ])
  return ok ? exitCode.done : exitCode.failed
}

const oldestNodeMajor = 22

function runtime(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return {
    check: 'Node',
    ok: major >= oldestNodeMajor,
    detail: `${process.version} on ${process.platform} ${process.arch}`,
    advice: `Node ${oldestNodeMajor} or newer is needed; npm start brings its own.`,
  }
}

function memory(): Finding {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const enoughBytes = 2 ** 29
  return {
    check: 'memory',
    ok: freemem() > enoughBytes,
    detail: `${gib(freemem())} free of ${gib(totalmem())}`,
    advice: 'Close other programs: less than 0.5 GiB is free.',
  }
}

function settingsFile({ dataDir }: Places): Finding {
  const settings = readSettings(dataDir, process.env)
  return settings.ok
    ? { check: 'settings', ok: true, detail: `${settings.value.risk.minConfidence} minimum confidence`, advice: '' }
    : { check: 'settings', ok: false, detail: settings.problem.code, advice: settings.problem.message }
}

function journal({ dataDir }: Places): Finding {
  const opened = openLedgerReader(dataDir)
  if (!opened.ok) {
    const isNew = opened.problem.code === 'ledger_missing'
    const detail = isNew ? `none yet in ${dataDir}` : opened.problem.code
    return { check: 'journal', ok: isNew, detail, advice: opened.problem.message }
  }
  const reader = opened.value
  try {
    const verification = reader.verify()
    return {
      check: 'journal',
      ok: verification.ok,
      detail: `${verification.events} events in ${dataDir}`,
      advice: verification.ok ? '' : verification.firstBroken.message,
    }
  } finally {
    reader.close()
  }
}

function answers(places: Places): Finding {
  const kept = keptAnswersHere(places)
  return kept.ok
    ? { check: 'answers', ok: true, detail: answersLine(kept.value), advice: '' }
    : { check: 'answers', ok: false, detail: kept.problem.code, advice: kept.problem.message }
}

async function candles({ sampleDataDir }: Places): Promise<Finding> {
  const folder = await openCandleFolder(sampleDataDir)
  return folder.ok
    ? { check: 'sample candles', ok: true, detail: sampleDataDir, advice: '' }
    : { check: 'sample candles', ok: false, detail: folder.problem.code, advice: folder.problem.message }
}

async function exchangeRules({ exchangeInfoPath }: Places): Promise<Finding> {
  const rules = await loadSymbolRules(exchangeInfoPath)
  return rules.ok
    ? { check: 'exchange rules', ok: true, detail: exchangeInfoPath, advice: '' }
    : { check: 'exchange rules', ok: false, detail: rules.problem.code, advice: rules.problem.message }
}

/** GPU or CPU, and for every slot with a model of its own whether that fits. */
async function models(places: Places): Promise<Finding[]> {
  const library = openLibraryHere(places, process.env)
  try {
    const { machine, slots } = await describeModels(library)
    return [
      machine.ok
        ? { check: 'machine', ok: true, detail: machineText(machine.value), advice: '' }
        : { check: 'machine', ok: false, detail: machine.problem.code, advice: machine.problem.message },
      ...slots.map(({ slot, model, ok, detail }) => ({
        check: slot,
        ok,
        detail: model === null ? detail : `${model}: ${detail}`,
        advice: ok ? '' : detail,
      })),
    ]
  } finally {
    await library.close()
  }
}

/** Starts the inference process and asks the starter model one question: the whole way that a decision takes. */
async function starterModel(places: Places): Promise<Finding> {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return { check: 'starter model', ok: false, detail: 'not asked', advice: settings.problem.message }
  const log = createLog(process.env)
  const gateway = createGateway({ ...places, settings: settings.value, log, clock: () => performance.now() })
  try {
    const answer = await gateway.decide({ context: plainContext(), preference: null })
    const { servedBy, model, latencyMs } = answer
    const ok = servedBy !== 'none'
    return {
      check: 'models',
      ok,
      detail: `${servedBy} answered in ${Math.round(latencyMs)} ms (${model.quantization}, ${model.backend}, llama.cpp ${model.llamaCppRelease})`,
      advice: ok ? '' : answer.rationale,
    }
  } finally {
    await gateway.close()
  }
}

/** A market of which one candle is known: the least that a model can be asked about. */
function plainContext(): MarketContext {
  const builder = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
  builder.observe({ openTimeMs: 0, open: 100, high: 101, low: 99, close: 100, volume: 1 })
  return builder.contextFor({ hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null })
}
