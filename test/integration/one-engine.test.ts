import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { Verification } from '@shared/contract/journal'
import { type Outcome, success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { BacktestOptions } from '../../src-main/cli/backtest'
import { deskBacktest } from '../../src-main/cli/backtest-desk'
import { openRecordedNews } from '../../src-main/cli/recorded-news'
import { backtestFiles } from '../../src-main/engine/analysis/backtest/backtest'
import { defaultRandomEntries, randomPolicy, rulesPolicy } from '../../src-main/engine/analysis/backtest/policy'
import { loadUserPolicy } from '../../src-main/engine/analysis/backtest/user-policy'
import type { TradingRecord } from '../../src-main/engine/analysis/report/trading-record'
import { tradingRecordOfJournal } from '../../src-main/engine/analysis/report/trading-record-of-journal'
import type { DeskDecider } from '../../src-main/engine/desk/desk'
import { openEngine } from '../../src-main/engine/engine'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import { createLog } from '../../src-main/engine/log'
import { systemClock } from '../../src-main/engine/market/clock'
import { loadSymbolRules } from '../../src-main/engine/market/exchange-rules'
import { findPlaces } from '../../src-main/engine/places'
import { type SyntheticMarket, writeSyntheticMarkets } from '../helpers/synthetic-market'
import { temporaryFolder } from '../helpers/temporary-folder'

const rootDir = fileURLToPath(new URL('../../', import.meta.url))
const home = temporaryFolder('one-engine')
// The missing model is meant to be missing.
vi.stubEnv('QUARTET_LOG', 'silent')

const startMs = Date.UTC(2021, 4, 17)
const hourMs = timeframeMs['1h']
const candlesPerMarket = 160

/** No model is installed: who decides is written below. */
function placesOf(dataDir: string) {
  const places = findPlaces(join(rootDir, 'out', 'main'), { QUARTET_HOME: dataDir }, process.platform)
  return { ...places, starterPath: join(dataDir, 'no-starter.gguf') }
}

function expected<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}

interface MadeHeadline {
  readonly minute: number
  readonly assets: readonly string[]
  readonly score: number
}

interface Case {
  readonly symbols: readonly MarketSymbol[]
  readonly seed: number
  /** Places of the first and the last candle that are decided on. */
  readonly window: readonly [number, number]
  readonly settings: Settings
  /** Null where there are no news. */
  readonly headlines: readonly MadeHeadline[] | null
  /** Decisions after which the replay is broken off and taken up again; beyond the end: never. */
  readonly breakOffAfter: number
}

const cases: fc.Arbitrary<Case> = fc.record({
  symbols: fc.constantFrom<readonly MarketSymbol[]>(['BTC/USDT'], ['ETH/USDT'], ['ETH/USDT', 'BTC/USDT']),
  seed: fc.nat(),
  window: fc
    .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 20, max: candlesPerMarket }))
    .map(([from, length]) => [from, from + length] as const),
  settings: fc
    .record({
      risk: fc.record({
        maxPositionPct: fc.constantFrom(0.02, 0.3, 1),
        stopAtr: fc.constantFrom(0.3, 1, 2),
        takeProfitAtr: fc.constantFrom(0.5, 3),
        minConfidence: fc.constantFrom(0, 0.5, 0.7),
        maxDailyLossPct: fc.constantFrom(0.002, 0.05),
        cooldownMs: fc.constantFrom(0, 3 * hourMs),
        sizing: fc.constantFrom({ method: 'fixed_fraction' }, { method: 'fixed_risk' }),
      }),
      broker: fc.record({
        takerFeeBps: fc.constantFrom(0, 10, 75),
        slippageBps: fc.constantFrom(0, 5),
        entryOrder: fc.constantFrom('market', 'limit'),
      }),
    })
    .map((written) => settingsSchema.parse(written)),
  headlines: fc.option(
    fc.array(
      fc.record({
        minute: fc.integer({ min: 0, max: candlesPerMarket * 60 }),
        assets: fc.constantFrom<readonly string[]>(['BTC'], ['ETH'], ['BTC', 'ETH'], []),
        score: fc.integer({ min: -100, max: 100 }).map((percent) => percent / 100),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  ),
  breakOffAfter: fc.integer({ min: 0, max: 200 }),
})

/** A case that certainly trades. */
const busy: Case = {
  symbols: ['BTC/USDT', 'ETH/USDT'],
  seed: 3,
  window: [60, 160],
  settings: settingsSchema.parse({ risk: { stopAtr: 0.3, takeProfitAtr: 0.5, minConfidence: 0, maxPositionPct: 0.4 } }),
  headlines: null,
  breakOffAfter: 90,
}

/** The same with strong words every seven hours, about one of the two. */
const loud: Case = {
  ...busy,
  headlines: Array.from({ length: 22 }, (_, at) => ({
    minute: at * 420,
    assets: [at % 2 === 0 ? 'BTC' : 'ETH'],
    score: at % 3 === 0 ? -0.9 : 0.9,
  })),
}

let folders = 0
function folder(): string {
  folders += 1
  return join(home, String(folders))
}

function writeCandles(dir: string, { symbols, seed }: Case): void {
  const market = (symbol: MarketSymbol, place: number): SyntheticMarket => ({
    ...{ symbol, timeframe: '1h', fromMs: startMs, count: candlesPerMarket },
    ...{ seed: seed + place, startPrice: symbol === 'BTC/USDT' ? 43_000 : 3_100 },
  })
  writeSyntheticMarkets(dir, symbols.map(market))
}

/** The case's headlines as a file of recorded news. */
function writeNews({ headlines }: Case): string | null {
  if (headlines === null) return null
  const lines = headlines.map(({ minute, assets, score }, place) =>
    JSON.stringify({ knownAtMs: startMs + minute * 60_000, title: `Story ${place}`, assets, score, scorer: 'lexicon' }),
  )
  const file = `${folder()}.jsonl`
  writeFileSync(file, lines.join('\n'))
  return file
}

const timesOf = ({ window: [from, to] }: Case) => ({ fromMs: startMs + from * hourMs, toMs: startMs + to * hourMs })

interface Journal {
  readonly head: Verification
  readonly record: TradingRecord | null
}

function journalIn(dir: string): Journal {
  const reader = expected(openLedgerReader(dir))
  const [run] = reader.runs()
  const record = tradingRecordOfJournal(reader.runEvents(run?.runId ?? ''), { knownModel: () => null })
  const head = reader.verify()
  reader.close()
  return { head, record: record.ok ? record.value : null }
}

/** The journal of a replay over `candlesDir` with a decider of its own, broken off once on the way. */
async function replay(
  one: Case,
  candlesDir: string,
  newsFile: string | null,
  policy: string,
  decide: DeskDecider,
): Promise<Journal> {
  const places = placesOf(folder())
  for (let attempt = 0; ; attempt += 1) {
    const engine = expected(
      await openEngine({
        ...{ places, settings: one.settings, clock: systemClock, log: createLog(process.env), decider: () => decide },
      }),
    )
    try {
      const { desk } = expected(
        await engine.startRun({
          ...{ venue: 'replay', symbols: one.symbols, timeframe: '1h', modelPreference: null, speed: 'max' },
          ...{ ...timesOf(one), candlesDir, newsFile, policy },
        }),
      )
      const stop = new AbortController()
      desk.subscribe(() => {
        if (attempt === 0 && desk.status().decisions > one.breakOffAfter) stop.abort()
      })
      if (expected(await desk.run(stop.signal)) === 'finished') break
    } finally {
      await engine.close()
    }
  }
  return journalIn(places.dataDir)
}

function optionsOf(one: Case, candlesDir: string, news: string | null, policy: string, out: string): BacktestOptions {
  const { fromMs, toMs } = timesOf(one)
  return {
    ...{ symbols: one.symbols, timeframe: '1h', from: fromMs, to: toMs, policy, candles: candlesDir, out },
    ...(news === null ? {} : { news }),
    ...{ fills: 'candles', inside: true, seed: 7, compare: [], sweep: [], by: 'sharpe', json: false },
  }
}

const uninterrupted = { signal: new AbortController().signal, exitCode: () => null }

/** Buys dips and sells strength, now and then breaks, and says how sure it is. */
const dips = `export function decide({ rsi14, return1, hasPosition, candleOpenMs }) {
  if (candleOpenMs % 11 === 0) throw new Error('not on this one')
  const confidence = Math.min(1, 0.5 + 20 * Math.abs(return1 ?? 0))
  if (hasPosition) return { action: rsi14 > 55 ? 'sell' : 'hold', confidence, rationale: 'strength' }
  return { action: rsi14 !== null && rsi14 < 48 ? 'buy' : 'hold', confidence, rationale: 'a dip' }
}`

test('a backtest and a replay of the same days write the same journal, also where the replay was broken off', async () => {
  const module = join(home, 'dips.mjs')
  writeFileSync(module, dips)
  let trades = 0
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const [candlesDir, out] = [folder(), folder()]
      writeCandles(candlesDir, one)
      const newsFile = writeNews(one)
      const places = placesOf(folder())
      const record = expected(
        await deskBacktest(
          places,
          optionsOf(one, candlesDir, newsFile, module, out),
          'backtest',
          one.settings,
          uninterrupted,
        ),
      )
      const user = expected(
        await loadUserPolicy(module, { settings: one.settings, program: places.policyWorkerProgram }),
      )
      const replayed = await replay(one, candlesDir, newsFile, user.name, ({ context }) => user.decide(context))
      await user.close()
      expect(journalIn(join(out, 'journal')).head).toEqual(replayed.head)
      expect(replayed.head).toMatchObject({ ok: true })
      trades += record?.trades.length ?? 0
    }),
    { numRuns: 8, examples: [[busy], [loud]] },
  )
  expect(trades).toBeGreaterThan(5)
})

const rules = await loadSymbolRules(join(rootDir, 'resources', 'exchange-info.json'))

/** What a journal and a fast backtest both know. */
const judged = (record: TradingRecord) => {
  const { fromMs, toMs, candles, equityStart, equityEnd, feesPaid, slippagePaid, turnover } = record
  const { decisions, refusals, openPositions, curve, dataHash, models, calibration, anomalies } = record
  const trades = record.trades.map(({ maxAdverse: _worst, maxFavourable: _best, ...trade }) => trade)
  return {
    ...{ fromMs, toMs, candles, equityStart, equityEnd, feesPaid, slippagePaid, turnover, decisions, refusals },
    ...{
      openPositions,
      models,
      calibration,
      anomalies,
      trades,
      times: curve.atMs,
      dataHash,
      protections: new Map(record.protections.map((p) => [p.code, p.count])),
    },
  }
}

const entries = { ...defaultRandomEntries, holdingCandles: 8 }

interface Files {
  readonly candlesDir: string
  readonly newsFile: string | null
}

async function fastRecord(one: Case, policy: 'rules' | 'random', { candlesDir, newsFile }: Files) {
  const { symbols, settings } = one
  const news = expected(await openRecordedNews(placesOf(folder()), settings, symbols, newsFile ?? undefined))
  const record = await backtestFiles({
    ...{ policy, entries, symbols, timeframe: '1h', settings },
    ...{ rulesOf: expected(rules), candlesDir, ...timesOf(one), inside: true, news: news.source },
  })
  await news.close()
  return expected(record)
}

test.each(['rules', 'random'] as const)(
  'a fast backtest of %s comes to what the journal of a replay comes to',
  async (policy) => {
    let trades = 0
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const files = { candlesDir: folder(), newsFile: writeNews(one) }
        writeCandles(files.candlesDir, one)
        const fast = await fastRecord(one, policy, files)
        const asked = policy === 'rules' ? rulesPolicy(one.settings) : randomPolicy(one.settings, entries)
        const { candlesDir, newsFile } = files
        const { record } = await replay(one, candlesDir, newsFile, policy, async ({ context }) =>
          success(asked.answer(context)),
        )
        if (record === null) throw new Error('The replay has decided on nothing')
        expect(judged(fast)).toEqual(judged(record))
        trades += fast.trades.length
      }),
      { numRuns: 6, examples: [[busy], [loud]] },
    )
    expect(trades).toBeGreaterThan(5)
  },
)

test('headlines change what the rules decide', async () => {
  const candlesDir = folder()
  writeCandles(candlesDir, loud)
  const told = await fastRecord(loud, 'rules', { candlesDir, newsFile: writeNews(loud) })
  const untold = await fastRecord(loud, 'rules', { candlesDir, newsFile: null })
  expect(told.decisions.byAction).not.toEqual(untold.decisions.byAction)
})
