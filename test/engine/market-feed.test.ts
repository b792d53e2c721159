import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candle } from '@shared/contract/candle'
import type { DeskPush } from '@shared/contract/desk-calls'
import type { MarketFeed } from '@shared/contract/market-data'
import { settingsSchema } from '@shared/contract/settings'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Engine, openEngine } from '../../src-main/engine/engine'
import { openBinanceVenue } from '../../src-main/engine/market/binance-venue'
import { watchMarketFeed } from '../../src-main/engine/market-feed'
import { findPlaces } from '../../src-main/engine/places'
import { type HandClock, handClock } from '../helpers/hand-clock'
import { type LoopbackBinance, startLoopbackBinance } from '../helpers/loopback-binance'
import { until } from '../helpers/processes'
import { dataFolder, programsDir } from '../helpers/quartet'

const hourMs = 3_600_000
const noon = Date.UTC(2024, 0, 10, 12)
const never = new AbortController().signal
const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined }

let clock: HandClock
let binance: LoopbackBinance

beforeEach(async () => {
  clock = handClock(noon + 10 * 60_000)
  binance = await startLoopbackBinance(clock.steadyMs)
})
afterEach(() => binance.close())

function hours(fromMs: number, count: number): Candle[] {
  return Array.from({ length: count }, (_, index) => ({
    openTimeMs: fromMs + index * hourMs,
    ...{ open: 100, high: 102, low: 98, close: 101, volume: 5 },
  }))
}

describe('how a live market is heard', () => {
  test('sound at first, late since candles are overdue, and sound again since they came', async () => {
    binance.candles.set('BTCUSDT', [...hours(noon - 10 * hourMs, 11), ...hours(noon + 8 * hourMs, 2)])
    const states: (MarketFeed | null)[] = []
    const opened = await openBinanceVenue({
      symbols: ['BTC/USDT'],
      timeframe: '1h',
      fromMs: null,
      toMs: noon + 9 * hourMs,
      warmUpCandles: 10,
      clock,
      random: () => 0,
      baseUrl: binance.url,
      streaming: 'off',
      tell: () => states.push(watch()),
    })
    if (!opened.ok) throw new Error(opened.problem.message)
    const watch = watchMarketFeed(opened.value) ?? (() => null)
    expect(watch()).toEqual({ state: 'sound', sinceMs: noon + 10 * 60_000, reason: '', lateSymbols: [] })
    for await (const _ of opened.value.updates(never));
    expect(states).toMatchObject([
      { state: 'late', lateSymbols: ['BTC/USDT'], reason: expect.stringContaining('nothing new of BTC/USDT') },
      { state: 'sound', reason: '', lateSymbols: [] },
    ])
    const [late, sound] = states.map((state) => (state?.sinceMs ?? 0) - noon)
    // The candle of one o'clock closes at two, is overdue a minute later and missed when REST is asked again, at three.
    expect(late).toBeGreaterThan(2 * hourMs + 60_000)
    expect(late).toBeLessThan(3 * hourMs + 60_000)
    expect(sound).toBeGreaterThan(late ?? 0)
  })

  test('late while its connection is down, though nothing is overdue', () => {
    const down: string[] = []
    let nowMs = noon
    const watch = watchMarketFeed({ problem: () => null, unlinkedSymbols: () => down, nowMs: () => nowMs })
    expect(watch?.().state).toBe('sound')
    down.push('BTC/USDT')
    nowMs += 20_000
    const late = { state: 'late', sinceMs: noon + 20_000, lateSymbols: ['BTC/USDT'] }
    expect(watch?.()).toMatchObject({ ...late, reason: expect.stringContaining('connection') })
    nowMs += 20_000
    expect(watch?.()).toMatchObject(late)
  })

  test('a recorded market has no such state', () => {
    expect(watchMarketFeed({ problem: () => null })).toBeNull()
  })
})

describe('a screen beside a live run', () => {
  const folder = dataFolder()
  let engine: Engine
  const told: DeskPush[] = []

  afterEach(async () => {
    await engine.close()
    folder.remove()
  })

  test('is told when the exchange is lost and when it answers again; switches news for the next start', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 700 * hourMs, 1500))
    mkdirSync(folder.home, { recursive: true })
    writeFileSync(join(folder.home, 'settings.json'), '{"risk": {"maxOpenPositions": 2}}')
    const places = { ...findPlaces(programsDir, {}, 'linux'), dataDir: folder.home }
    const opened = await openEngine({ places, settings: settingsSchema.parse({}), clock, log: quietLog })
    if (!opened.ok) throw new Error(opened.problem.message)
    engine = opened.value
    expect((await engine.calls.snapshot()).feed).toBeNull()
    engine.subscribe((push) => told.push(push))
    const started = await engine.startRun({
      ...{ venue: 'binance', symbols: ['BTC/USDT'], timeframe: '1h', fromMs: null, toMs: null },
      ...{ modelPreference: null, candlesDir: '', speed: 'max', exchangeUrl: binance.url },
    })
    if (!started.ok) throw new Error(started.problem.message)
    expect((await engine.calls.snapshot()).feed).toMatchObject({ state: 'sound' })
    const stop = new AbortController()
    const run = started.value.desk.run(stop.signal)
    binance.permanentFault = 'unavailable'
    const lost = await until('the screen hears of it', () =>
      told.find(({ snapshot }) => snapshot.feed?.state === 'lost'),
    )
    expect(lost).toMatchObject({ events: [], candle: null })
    expect(lost?.snapshot.feed?.reason).not.toBe('')
    binance.permanentFault = null
    // This one speaks no WebSocket: closed candles come again, and nothing else.
    await until('it answers again', () => told.at(-1)?.snapshot.feed?.state === 'late')
    stop.abort()
    await run

    expect((await engine.calls.news({ limit: 1 })).setting).toEqual({ enabled: false, feeds: 0 })
    expect(await engine.calls.switchNews({ enabled: true })).toEqual({ enabled: true, feeds: 0 })
    expect((await engine.calls.news({ limit: 1 })).setting).toEqual({ enabled: true, feeds: 0 })
    expect((await engine.calls.reopenModels()).slots).toHaveLength(4)
  })
})
