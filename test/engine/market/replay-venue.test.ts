import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { candleSchema, timeframeMs } from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReplayVenue, type ReplayOptions } from '../../../src-main/engine/market/replay-venue'
import { sampleDataDir, sampleStretches } from '../../../src-main/engine/market/sample'
import { handClock } from '../../helpers/hand-clock'
import { temporaryFolder } from '../../helpers/temporary-folder'

const samples = sampleDataDir(fileURLToPath(new URL('../../../resources', import.meta.url)))
const never = new AbortController().signal
const hourMs = 3_600_000
const header = 'timestamp_ms,open,high,low,close,volume'

let dir: string
beforeAll(async () => {
  dir = temporaryFolder('replay')
})
afterAll(() => rm(dir, { recursive: true }))

function rows(hours: readonly number[], volume = 1): string[] {
  return hours.map((hour) => `${hour * hourMs},10,11,9,10,${volume}`)
}

function write(name: string, lines: readonly string[]): Promise<void> {
  return writeFile(join(dir, name), [header, ...lines].join('\n'))
}

function open(options: Partial<ReplayOptions>) {
  return openReplayVenue({
    dir,
    symbols: ['AAA/USDT'],
    timeframe: '1h',
    fromMs: null,
    toMs: null,
    speed: 'max',
    clock: handClock(0),
    ...options,
  })
}

async function opened(options: Partial<ReplayOptions>) {
  const venue = await open(options)
  if (!venue.ok) throw new Error(venue.problem.message)
  return venue.value
}

async function all(updates: AsyncIterable<MarketUpdate>): Promise<MarketUpdate[]> {
  const seen: MarketUpdate[] = []
  for await (const update of updates) seen.push(update)
  return seen
}

async function problemOf(options: Partial<ReplayOptions>) {
  const venue = await open(options)
  return venue.ok ? null : venue.problem
}

describe('the bundled market', () => {
  test.each(Object.entries(sampleStretches))('%s: warm-up, sound candles, in order', async (_, stretch) => {
    const venue = await opened({ ...stretch, dir: samples })
    expect(stretch.symbols.map((symbol) => venue.warmUp(symbol).length)).toEqual([600, 600])
    let previous = ''
    let count = 0
    for await (const { candle, symbol } of venue.updates(never)) {
      const key = `${candle.openTimeMs} ${symbol}`
      expect(key > previous).toBe(true)
      expect(candle.openTimeMs >= stretch.fromMs && candle.openTimeMs < stretch.toMs).toBe(true)
      previous = key
      if (count++ % 500 === 0) expect(candleSchema.safeParse(candle).success).toBe(true)
    }
    expect(count).toBeGreaterThan(100)
    expect(venue.problem()).toBeNull()
    expect(venue.trailing()).toEqual([])
  })

  test('the outage of 24 March 2023 is seen as 72 candles without a trade and then 80 missing minutes', async () => {
    const venue = await opened({ ...sampleStretches.outage, symbols: ['BTC/USDT'], dir: samples })
    const updates = await all(venue.updates(never))
    const quiet = updates.flatMap((u) => u.anomalies).flatMap((a) => (a.kind === 'zero_volume' ? [a.openTimeMs] : []))
    expect(quiet).toHaveLength(72)
    expect([quiet[0], quiet.at(-1)]).toEqual([Date.UTC(2023, 2, 24, 11, 28), Date.UTC(2023, 2, 24, 12, 39)])
    const gaps = updates.flatMap((u) => u.anomalies).filter((anomaly) => anomaly.kind === 'gap')
    expect(gaps).toEqual([
      {
        kind: 'gap',
        fromMs: Date.UTC(2023, 2, 24, 12, 40),
        toMs: Date.UTC(2023, 2, 24, 14),
        missingCandles: 80,
      },
    ])
  })

  test('every hour of 17 to 20 May 2021 comes once for both symbols', async () => {
    const venue = await opened({ ...sampleStretches.crash, dir: samples })
    const updates = await all(venue.updates(never))
    expect(updates).toHaveLength(2 * 4 * 24)
    expect(updates.slice(0, 3).map((update) => update.symbol)).toEqual(['BTC/USDT', 'ETH/USDT', 'BTC/USDT'])
    // The low of the crash as the exchange published it.
    const lows = updates.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle.low)
    expect(Math.min(...lows)).toBe(30_000)
  })
})

describe('a window', () => {
  test('holds the candles that open in [from, to); those before it are the warm-up', async () => {
    await write('AAAUSDT-1h.csv', rows([0, 1, 2, 3, 4, 5, 6]))
    const venue = await opened({ fromMs: 3 * hourMs, toMs: 5 * hourMs, warmUpCandles: 2 })
    expect(venue.warmUp('AAA/USDT').map((candle) => candle.openTimeMs / hourMs)).toEqual([1, 2])
    const updates = await all(venue.updates(never))
    expect(updates.map((update) => update.candle.openTimeMs / hourMs)).toEqual([3, 4])
  })

  test('starts with the first candle when it has no bound', async () => {
    await write('AAAUSDT-1h.csv', rows([4, 5]))
    const venue = await opened({})
    expect(venue.warmUp('AAA/USDT')).toEqual([])
    expect(await all(venue.updates(never))).toHaveLength(2)
  })

  test('tells gaps before its first candle, inside and at its end', async () => {
    await write('AAAUSDT-1h.csv', rows([1, 5, 8]))
    const venue = await opened({ fromMs: 3 * hourMs, toMs: 11 * hourMs })
    const updates = await all(venue.updates(never))
    const gap = (from: number, to: number) => ({
      kind: 'gap',
      fromMs: from * hourMs,
      toMs: to * hourMs,
      missingCandles: to - from,
    })
    expect(updates.map((update) => update.anomalies)).toEqual([[gap(2, 5)], [gap(6, 8)]])
    expect(venue.trailing()).toEqual([{ symbol: 'AAA/USDT', timeframe: '1h', anomaly: gap(9, 11) }])
  })

  test('hands bad rows and empty candles on with the next update, also those of the warm-up', async () => {
    const [first = '', second = ''] = rows([1, 2])
    await write('AAAUSDT-1h.csv', [first, '7200000,1,1,1,1,-5', second, ...rows([3], 0), '9,9,9,9,9,9'])
    const venue = await opened({ fromMs: 2 * hourMs })
    const updates = await all(venue.updates(never))
    expect(updates.map((update) => update.anomalies)).toEqual([
      [{ kind: 'bad_row', line: 3, reason: 'the volume is negative' }],
      [{ kind: 'zero_volume', openTimeMs: 3 * hourMs }],
    ])
    expect(venue.trailing().map((trailing) => trailing.anomaly)).toMatchObject([{ kind: 'bad_row', line: 6 }])
  })

  test('goes on with one symbol where another has nothing', async () => {
    await write('AAAUSDT-1h.csv', rows([1, 2, 3]))
    await write('BBBUSDT-1h.csv', rows([3]))
    const venue = await opened({ symbols: ['BBB/USDT', 'AAA/USDT'], fromMs: hourMs, toMs: 3 * hourMs })
    expect((await all(venue.updates(never))).map((update) => update.symbol)).toEqual(['AAA/USDT', 'AAA/USDT'])
    expect(venue.trailing()).toMatchObject([{ symbol: 'BBB/USDT', anomaly: { missingCandles: 2 } }])
  })
})

describe('the data hash', () => {
  const hashOf = async (changedHour: number | null): Promise<string | null> => {
    const lines = rows([0, 1, 2, 3, 4, 5, 6, 7, 8])
    if (changedHour !== null) lines[changedHour] = `${changedHour * hourMs},10,11,9,10.5,1`
    await write('HASHUSDT-1h.csv', lines)
    const window = { symbols: ['HASH/USDT'], fromMs: 3 * hourMs, toMs: 6 * hourMs, warmUpCandles: 2 }
    return (await opened(window)).dataHash
  }

  test.each([1, 2, 3, 5])('is another when a candle of the warm-up or the window is (hour %i)', async (hour) => {
    expect(await hashOf(hour)).not.toBe(await hashOf(null))
  })

  test.each([0, 6, 8])('is the same whatever stands in candles that the run never sees (hour %i)', async (hour) => {
    expect(await hashOf(hour)).toBe(await hashOf(null))
  })
})

describe('what cannot be replayed is refused in words', () => {
  test('a symbol the folder lacks, naming those it has', async () => {
    expect(await problemOf({ symbols: ['DOGE/USDT'], dir: samples })).toEqual({
      code: 'unknown_symbol',
      message: `DOGE/USDT is not in ${samples}. It has BTC/USDT, ETH/USDT.`,
    })
  })

  test('a timeframe the symbol lacks, naming those it has', async () => {
    const problem = await problemOf({ symbols: ['BTC/USDT'], timeframe: '4h', dir: samples })
    expect(problem?.code).toBe('unknown_timeframe')
    expect(problem?.message).toContain('It has 1m, 1h.')
  })

  test.each([
    [Date.UTC(2019, 0), Date.UTC(2019, 1)],
    [Date.UTC(2024, 0), null],
    [null, Date.UTC(2020, 0)],
  ])('dates outside the data, naming the first and last candle (%s, %s)', async (fromMs, toMs) => {
    const problem = await problemOf({ symbols: ['BTC/USDT'], dir: samples, fromMs, toMs })
    expect(problem?.code).toBe('dates_outside_data')
    expect(problem?.message).toContain('2020-12-01T00:00:00.000Z')
    expect(problem?.message).toContain('2022-10-11T10:00:00.000Z')
  })

  test('an empty window, a folder that is none, and a file that breaks after the window', async () => {
    await write('AAAUSDT-1h.csv', [...rows([1, 2, 3]), 'oops'])
    expect((await problemOf({ fromMs: 5, toMs: 5 }))?.code).toBe('window_empty')
    expect((await problemOf({ dir: join(dir, 'nowhere') }))?.code).toBe('candle_folder_missing')
    const broken = await problemOf({ fromMs: hourMs, toMs: 2 * hourMs })
    expect(broken?.code).toBe('candle_file_cut')
    expect(broken?.message).toContain('line 5:')
  })
})

describe('speed', () => {
  test('60x waits a minute for every hour of market time, gaps included', async () => {
    await write('AAAUSDT-1h.csv', rows([1, 2, 3, 7]))
    const clock = handClock(1_000_000)
    const venue = await opened({ speed: 60, clock })
    const atMs: number[] = []
    for await (const _ of venue.updates(never)) atMs.push(clock.nowMs() - 1_000_000)
    expect(atMs).toEqual([0, 60_000, 120_000, 360_000])
  })

  test('max never waits', async () => {
    await write('AAAUSDT-1h.csv', rows([1, 2, 3]))
    const clock = handClock(0)
    await all((await opened({ clock })).updates(never))
    expect(clock.waitsMs).toEqual([])
  })

  test('an abort ends the updates without a problem', async () => {
    const venue = await opened({ symbols: ['BTC/USDT'], dir: samples })
    const stop = new AbortController()
    let count = 0
    for await (const _ of venue.updates(stop.signal)) if (++count === 5) stop.abort()
    expect(count).toBe(5)
    expect(venue.problem()).toBeNull()
  })

  test('a file that breaks while it is replayed ends the updates with the problem', async () => {
    const many = Array.from({ length: 20_000 }, (_, hour) => hour)
    await write('AAAUSDT-1h.csv', rows(many))
    const venue = await opened({})
    await write('AAAUSDT-1h.csv', [...rows(many.slice(0, 10_000)), 'spilt coffee', ...rows(many.slice(10_000))])
    const updates = await all(venue.updates(never))
    expect(updates.length).toBeLessThanOrEqual(10_000)
    expect(venue.problem()?.message).toContain('line 10002:')
  })
})

test('a symbol is named once however often it is asked for', async () => {
  const venue = await opened({
    symbols: ['ETH/USDT', 'BTC/USDT', 'ETH/USDT'],
    dir: samples,
    toMs: Date.UTC(2020, 11, 2),
  })
  expect(venue.symbols).toEqual(['BTC/USDT', 'ETH/USDT'])
  expect(await all(venue.updates(never))).toHaveLength((2 * 24 * hourMs) / timeframeMs['1h'])
})
