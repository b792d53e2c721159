import type { JournalEvent } from '@shared/contract/journal'
import type { AccountSummary } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'
import { Decimal } from 'decimal.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeskChange } from '../../src-main/engine/desk/desk'
import { openEngine } from '../../src-main/engine/engine'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import { type Correction, openCandleStore } from '../../src-main/engine/market/candle-store/candle-store'
import { findPlaces } from '../../src-main/engine/places'
import { namedFaultPlans } from '../../src-main/practice/fault-plans'
import type { PracticeExchange, StruckFault } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange, restClient } from '../helpers/practice-client'
import { dataFolder, programsDir } from '../helpers/quartet'
import { recordedMinutes } from '../helpers/recorded-candles'
import { tickingClock } from '../helpers/ticking-clock'

const minuteMs = 60_000
/** Market time that passes at once, some sixty times as fast as the wall's where the machine is not busy. */
const tickMs = 80
const startMs = Date.UTC(2023, 3, 26, 19, 0, 20)
const firstOpenMs = Date.UTC(2023, 3, 26, 19)
const sessionMinutes = 15
const endMs = firstOpenMs + sessionMinutes * minuteMs
const symbols = ['BTC/USDT', 'ETH/USDT']
const startingCash = '10000'
const quietLog = { info: () => {}, warn: () => {}, error: () => {} }

/** Ends a session that hangs; it measures nothing. */
const patienceMs = 300_000

/** What the desk told after a commit, and what time it was at the exchange then. */
interface Told {
  readonly change: DeskChange
  readonly exchangeMs: number
}

describe('a quarter of an hour of live paper trading while every fault of the exchange strikes', () => {
  const folder = dataFolder()
  const told: Told[] = []
  let exchange: PracticeExchange
  let struck: readonly StruckFault[] = []
  let account: AccountSummary
  let events: readonly JournalEvent[] = []
  let runEnd: unknown
  /** What REST shows of the session once all is over: [open time, open, high, low, close, volume]. */
  const shown = new Map<string, readonly (readonly unknown[])[]>()
  const stored = new Map<string, readonly (readonly unknown[])[]>()
  let corrections: readonly Correction[] = []

  beforeAll(async () => {
    const clock = tickingClock(startMs, tickMs)
    const { steadyMs } = clock
    exchange = await openPracticeExchange({ startMs, speed: 1, steadyMs, faults: namedFaultPlans.everything ?? [] })
    const places = { ...findPlaces(programsDir, {}, 'linux'), dataDir: folder.home }
    const settings = settingsSchema.parse({
      // Confidence counts for nothing here: orders are wanted.
      risk: { minConfidence: 0, maxPositionPct: 0.3 },
      broker: { startingCash },
      inference: { rationale: 'off', gpu: 'off' },
    })
    const opened = await openEngine({ places, settings, clock, log: quietLog })
    if (!opened.ok) throw new Error(opened.problem.message)
    const engine = opened.value
    const started = await engine.startRun({
      venue: 'binance',
      symbols,
      timeframe: '1m',
      // A slow start must not lose the first minute.
      fromMs: firstOpenMs,
      toMs: endMs,
      modelPreference: null,
      candlesDir: places.sampleDataDir,
      speed: 'max',
      exchangeUrl: exchange.url,
    })
    if (!started.ok) throw new Error(started.problem.message)
    const { desk, runId } = started.value
    desk.subscribe((change) => told.push({ change, exchangeMs: exchange.clock.nowMs() }))
    runEnd = await desk.run(new AbortController().signal)
    account = desk.status().account
    struck = exchange.status().struck
    await engine.close()
    clock.stop()

    const ledger = openLedgerReader(folder.home)
    if (!ledger.ok) throw new Error(ledger.problem.message)
    events = [...ledger.value.runEvents(runId)]
    ledger.value.close()
    const rest = restClient(exchange)
    await rest.loadMarkets()
    const store = openCandleStore(folder.home, endMs)
    if (!store.ok) throw new Error(store.problem.message)
    for (const symbol of symbols) {
      shown.set(symbol, await rest.fetchOHLCV(symbol, '1m', firstOpenMs, sessionMinutes))
      const series = { source: exchange.url, symbol, timeframe: '1m' } as const
      const candles = [...store.value.read(series, { fromMs: firstOpenMs, toMs: endMs })]
      stored.set(
        symbol,
        candles.map(({ openTimeMs, open, high, low, close, volume }) => [openTimeMs, open, high, low, close, volume]),
      )
      corrections = [...corrections, ...store.value.corrections(series)]
    }
    store.value.close()
  }, patienceMs)

  afterAll(async () => {
    await exchange.close()
    folder.remove()
  })

  const decisions = () => events.flatMap((event) => (event.type === 'decision.made' ? [event.payload] : []))

  test('every fault of the plan has struck, and the run went to its end', () => {
    expect(struck.map(({ fault }) => fault)).toEqual((namedFaultPlans.everything ?? []).map(({ fault }) => fault))
    expect(runEnd).toEqual({ ok: true, value: 'finished' })
  })

  test('every minute of both symbols was decided on once, in order, none left out', () => {
    for (const symbol of symbols) {
      const decidedAt = decisions().flatMap((decision) => (decision.symbol === symbol ? [decision.decidedAtMs] : []))
      const minutes = Array.from({ length: sessionMinutes }, (_, minute) => firstOpenMs + (minute + 1) * minuteMs)
      expect(decidedAt).toEqual(minutes)
    }
  })

  test('no decision came before its candle had closed at the exchange, and each saw the close as recorded', () => {
    for (const { change, exchangeMs } of told) {
      for (const event of change.events) {
        if (event.type === 'decision.made') expect(exchangeMs).toBeGreaterThanOrEqual(event.payload.decidedAtMs)
      }
    }
    for (const pair of ['BTCUSDT', 'ETHUSDT'] as const) {
      const closes = recordedMinutes(pair, firstOpenMs, sessionMinutes).map(({ close }) => close)
      const seen = decisions().filter(({ symbol }) => symbol.replace('/', '') === pair)
      expect(seen.map(({ context }) => context.price)).toEqual(closes)
    }
  })

  test('nothing was bought on a decision that came more than a candle late', () => {
    for (const { change } of told) {
      const decidedAtMs = change.events.flatMap((event) =>
        event.type === 'decision.made' ? [event.payload.decidedAtMs] : [],
      )
      for (const event of change.events) {
        if (event.type !== 'order.accepted' || event.payload.side !== 'buy') continue
        expect(decidedAtMs).toHaveLength(1)
        expect(event.payload.placedAtMs - (decidedAtMs[0] ?? 0)).toBeLessThanOrEqual(minuteMs)
      }
    }
    expect(events.some((event) => event.type === 'order.filled')).toBe(true)
  })

  test('no gap is left in the store: it holds every minute as the exchange shows it, the corrected one included', () => {
    const correctedMs = corrections.map(({ became }) => became.openTimeMs)
    for (const symbol of symbols) {
      expect(stored.get(symbol)?.map(([openMs]) => openMs)).toEqual(shown.get(symbol)?.map(([openMs]) => openMs))
      const others = (rows: readonly (readonly unknown[])[] | undefined) =>
        rows?.filter(([openMs]) => !correctedMs.includes(Number(openMs)))
      expect(others(stored.get(symbol))).toEqual(others(shown.get(symbol)))
    }
    expect(corrections).toHaveLength(1)
  })

  test('the portfolio is what the fills of the journal come to, added up by hand', () => {
    let cash = new Decimal(startingCash)
    const held = new Map<string, Decimal>()
    for (const event of events) {
      if (event.type !== 'order.filled') continue
      const { symbol, side, qtyBase, notionalQuote, fee } = event.payload
      const before = held.get(symbol) ?? new Decimal(0)
      // The fee is taken from what is received: the coin of a buy, the quote asset of a sell.
      if (side === 'buy') {
        cash = cash.minus(notionalQuote)
        held.set(symbol, before.plus(qtyBase).minus(fee))
      } else {
        cash = cash.plus(notionalQuote).minus(fee)
        held.set(symbol, before.minus(qtyBase))
      }
    }
    expect(new Decimal(account.cash).equals(cash), `${account.cash} is not ${cash.toString()}`).toBe(true)
    const open = [...held].filter(([, qty]) => qty.gt('0.0001'))
    expect(account.positions.map(({ symbol, qtyBase }) => [symbol, new Decimal(qtyBase).toString()]).sort()).toEqual(
      open.map(([symbol, qty]) => [symbol, qty.toString()]).sort(),
    )
  })
})
