/**
 * The candle store: closed candles of live exchanges in `cache.db`, so that none is asked for twice. It holds no truth
 * of its own: what is here can be fetched again, and the journal never reads it.
 *
 * `answered` holds the stretches of time that the exchange has answered for. A candle missing inside one is a real gap:
 * it was asked for, and the exchange has none. Every page goes in with its stretch in one transaction, so that a kill or
 * a full disk leaves a store that goes on where it was.
 */
import { type Candle, candleSchema, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import { type Outcome, success } from '@shared/contract/outcome'
import type Database from 'better-sqlite3'
import { z } from 'zod'
import { nextOpenMs } from '../continuity'
import { openCacheFile, openMemory } from './cache-file'
import { type CacheProblemCode, cacheProblem } from './cache-problem'
import { keptRules } from './kept-rules'

/** Whose candles they are: an exchange's address, the pair, the length of a candle. */
export interface Series {
  readonly source: string
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
}

/** A half-open stretch of open times, UTC milliseconds. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/** A candle that the exchange changed after it had closed. */
export interface Correction {
  readonly was: Candle
  readonly became: Candle
  readonly seenAtMs: number
}

/** One answer of the exchange. */
export interface CandlePage {
  readonly candles: readonly Candle[]
  /** What the answer speaks for, missing candles included. */
  readonly answered: Stretch
  /** The exchange's clock when it answered: what had not closed by then is left out. */
  readonly exchangeTimeMs: number
}

export interface AddedPage {
  readonly added: number
  readonly alreadyThere: number
  readonly corrections: readonly Correction[]
}

export interface CandleStore {
  /** Where a damaged file was put aside when the store was opened; null when there was none. */
  readonly setAside: string | null
  /** What of [fromMs, toMs) the exchange has not been asked for yet, oldest first. */
  missingRanges(series: Series, asked: Stretch): Outcome<readonly Stretch[], CacheProblemCode>
  /** All or nothing. Candles that are there already are left alone, changed ones are recorded as corrections. */
  add(series: Series, page: CandlePage): Outcome<AddedPage, CacheProblemCode>
  /** Stored candles that open in the stretch, oldest first, one row at a time. */
  read(series: Series, stretch: Stretch): Iterable<Candle>
  /** Stretches that the exchange answered for and has no candles in. */
  realGaps(series: Series, stretch: Stretch): readonly Stretch[]
  corrections(series: Series): readonly Correction[]
  /** The exchange's rules as they were last read; null when they never were. */
  rules(source: string, symbol: MarketSymbol): { readonly rules: SymbolRules; readonly readAtMs: number } | null
  keepRules(source: string, rules: readonly SymbolRules[], readAtMs: number): Outcome<null, CacheProblemCode>
  close(): void
}

const rowSchema = z.tuple([z.int(), z.number(), z.number(), z.number(), z.number(), z.number()])
const stretchRow = z.tuple([z.int(), z.int()])
const correctionRow = z.tuple([z.int(), z.string(), z.string()])

const rowsPerBatch = 5000

/** Opens (or begins) the store in the data folder. `nowMs` names a damaged file that is put aside. */
export function openCandleStore(dataDir: string, nowMs: number): Outcome<CandleStore, CacheProblemCode> {
  const file = openCacheFile(dataDir, nowMs)
  return file.ok ? success(storeOver(file.value.database, file.value.setAside)) : file
}

/** A store that is forgotten with the process, for a market that nobody gave a data folder. */
export function inMemoryStore(): CandleStore {
  return storeOver(openMemory(), null)
}

function storeOver(database: Database.Database, setAside: string | null): CandleStore {
  const sql = statements(database)

  /** The row's number; null where the series is unknown. */
  function found({ source, symbol, timeframe }: Series): number | null {
    return z
      .int()
      .nullable()
      .parse(sql.find.get(source, symbol, timeframe) ?? null)
  }

  function begun(series: Series): number {
    sql.begin.run(series.source, series.symbol, series.timeframe)
    return z.int().parse(found(series))
  }

  function attempt<Value>(act: () => Value): Outcome<Value, CacheProblemCode> {
    try {
      return success(act())
    } catch (error) {
      return cacheProblem(error, database.name)
    }
  }

  function answeredWithin(id: number, { fromMs, toMs }: Stretch): Stretch[] {
    return sql.answered.all(id, toMs, fromMs).map(stretchOf)
  }

  function markAnswered(id: number, { fromMs, toMs }: Stretch): void {
    if (fromMs >= toMs) return
    // Touching stretches become one: `<=` on both sides.
    const touching = sql.touching.all(id, toMs, fromMs).map(stretchOf)
    for (const old of touching) sql.forget.run(id, old.fromMs)
    const starts = touching.map((old) => old.fromMs)
    const ends = touching.map((old) => old.toMs)
    sql.answer.run(id, Math.min(fromMs, ...starts), Math.max(toMs, ...ends))
  }

  /** In batches, because an open cursor would keep every writer of this connection out. */
  function* candlesOf(id: number, { fromMs, toMs }: Stretch): Generator<Candle> {
    for (let nextMs = fromMs; ; ) {
      const batch = sql.range.all(id, nextMs, toMs, rowsPerBatch).map(candleOf)
      yield* batch
      const last = batch.at(-1)
      if (last === undefined || batch.length < rowsPerBatch) return
      nextMs = last.openTimeMs + 1
    }
  }

  function put(id: number, candle: Candle, seenAtMs: number): 'added' | 'same' | Correction {
    const row = sql.candle.get(id, candle.openTimeMs)
    if (row === undefined) {
      sql.insert.run(id, ...figures(candle))
      return 'added'
    }
    const was = candleOf(row)
    if (figures(was).every((figure, index) => figure === figures(candle)[index])) return 'same'
    sql.correct.run(id, candle.openTimeMs, seenAtMs, JSON.stringify(was), JSON.stringify(candle))
    sql.replace.run(...figures(candle).slice(1), id, candle.openTimeMs)
    return { was, became: candle, seenAtMs }
  }

  const addPage = database.transaction((series: Series, page: CandlePage): AddedPage => {
    const id = begun(series)
    const closedBeforeMs = page.exchangeTimeMs - timeframeMs[series.timeframe]
    let added = 0
    let alreadyThere = 0
    const corrections: Correction[] = []
    for (const candle of page.candles) {
      if (candle.openTimeMs > closedBeforeMs) continue
      const outcome = put(id, candle, page.exchangeTimeMs)
      if (outcome === 'added') added++
      else alreadyThere++
      if (typeof outcome === 'object') corrections.push(outcome)
    }
    // What is still open at the exchange has not been answered for.
    const { fromMs, toMs } = page.answered
    markAnswered(id, { fromMs, toMs: Math.min(toMs, nextOpenMs(closedBeforeMs + 1, series.timeframe)) })
    return { added, alreadyThere, corrections }
  })

  return {
    setAside,
    missingRanges: (series, asked) =>
      attempt(() => {
        const id = found(series)
        return uncovered(aligned(asked, series.timeframe), id === null ? [] : answeredWithin(id, asked))
      }),
    add: (series, page) =>
      attempt(() => addPage.immediate(series, { ...page, exchangeTimeMs: Math.floor(page.exchangeTimeMs) })),
    *read(series, stretch) {
      const id = found(series)
      if (id !== null) yield* candlesOf(id, stretch)
    },
    realGaps(series, asked) {
      const id = found(series)
      if (id === null) return []
      const stepMs = timeframeMs[series.timeframe]
      return answeredWithin(id, asked).flatMap((answered) => {
        const fromMs = Math.max(answered.fromMs, asked.fromMs)
        const toMs = Math.min(answered.toMs, asked.toMs)
        const present: Stretch[] = []
        for (const { openTimeMs } of candlesOf(id, { fromMs, toMs })) {
          const before = present.at(-1)
          if (before?.toMs === openTimeMs) present[present.length - 1] = { ...before, toMs: openTimeMs + stepMs }
          else present.push({ fromMs: openTimeMs, toMs: openTimeMs + stepMs })
        }
        return uncovered(aligned({ fromMs, toMs }, series.timeframe), present)
      })
    },
    corrections(series) {
      const id = found(series)
      if (id === null) return []
      return sql.corrections.all(id).map((row) => {
        const [seenAtMs, was, became] = correctionRow.parse(row)
        return { seenAtMs, was: candleSchema.parse(JSON.parse(was)), became: candleSchema.parse(JSON.parse(became)) }
      })
    },
    ...keptRules(database, attempt),
    close: () => void database.close(),
  }
}

function statements(database: Database.Database) {
  const columns = 'open_time_ms, open, high, low, close, volume'
  const raw = (text: string) => database.prepare(text).raw(true)
  return {
    find: database.prepare('SELECT series_id FROM series WHERE source = ? AND symbol = ? AND timeframe = ?').pluck(),
    begin: database.prepare('INSERT OR IGNORE INTO series (source, symbol, timeframe) VALUES (?, ?, ?)'),
    candle: raw(`SELECT ${columns} FROM candles WHERE series_id = ? AND open_time_ms = ?`),
    range: raw(
      `SELECT ${columns} FROM candles WHERE series_id = ? AND open_time_ms >= ? AND open_time_ms < ?
       ORDER BY open_time_ms LIMIT ?`,
    ),
    insert: database.prepare(`INSERT INTO candles (series_id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    replace: database.prepare(
      'UPDATE candles SET open = ?, high = ?, low = ?, close = ?, volume = ? WHERE series_id = ? AND open_time_ms = ?',
    ),
    correct: database.prepare(
      'INSERT INTO corrections (series_id, open_time_ms, seen_at_ms, was, became) VALUES (?, ?, ?, ?, ?)',
    ),
    corrections: raw(
      'SELECT seen_at_ms, was, became FROM corrections WHERE series_id = ? ORDER BY open_time_ms, seen_at_ms',
    ),
    answered: raw(
      'SELECT from_ms, to_ms FROM answered WHERE series_id = ? AND from_ms < ? AND to_ms > ? ORDER BY from_ms',
    ),
    touching: raw('SELECT from_ms, to_ms FROM answered WHERE series_id = ? AND from_ms <= ? AND to_ms >= ?'),
    forget: database.prepare('DELETE FROM answered WHERE series_id = ? AND from_ms = ?'),
    answer: database.prepare('INSERT INTO answered (series_id, from_ms, to_ms) VALUES (?, ?, ?)'),
  }
}

function figures({ openTimeMs, open, high, low, close, volume }: Candle): number[] {
  return [openTimeMs, open, high, low, close, volume]
}

function candleOf(row: unknown): Candle {
  const [openTimeMs, open, high, low, close, volume] = rowSchema.parse(row)
  return { openTimeMs, open, high, low, close, volume }
}

function stretchOf(row: unknown): Stretch {
  const [fromMs, toMs] = stretchRow.parse(row)
  return { fromMs, toMs }
}

/** From the first candle that opens in the stretch to the end of the last. */
function aligned({ fromMs, toMs }: Stretch, timeframe: Timeframe): Stretch {
  return { fromMs: nextOpenMs(fromMs, timeframe), toMs: nextOpenMs(toMs, timeframe) }
}

/** What of `whole` no part covers; `parts` are in order and do not overlap. */
function uncovered(whole: Stretch, parts: readonly Stretch[]): Stretch[] {
  const holes: Stretch[] = []
  let fromMs = whole.fromMs
  for (const part of parts) {
    if (part.fromMs > fromMs) holes.push({ fromMs, toMs: Math.min(part.fromMs, whole.toMs) })
    fromMs = Math.max(fromMs, part.toMs)
  }
  if (fromMs < whole.toMs) holes.push({ fromMs, toMs: whole.toMs })
  return holes.filter((hole) => hole.fromMs < hole.toMs)
}
