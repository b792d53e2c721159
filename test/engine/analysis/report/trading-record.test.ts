import { Decimal } from 'decimal.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { trackEquity } from '../../../../src-main/engine/analysis/report/equity-track'
import { trackBars } from '../../../../src-main/engine/analysis/report/price-bars'
import { type TradingRecord, tradingRecordSchema } from '../../../../src-main/engine/analysis/report/trading-record'
import { tradingRecordOfJournal } from '../../../../src-main/engine/analysis/report/trading-record-of-journal'
import { positionsValueOf, recordTrading } from '../../../../src-main/engine/analysis/report/trading-recorder'
import { equityOf, openAccount } from '../../../../src-main/engine/broker/account'
import { applyEvent } from '../../../../src-main/engine/broker/account-fold'
import { recordedCandles } from '../../../helpers/recorded-candles'
import { recordedRun, recordedRunSettings } from '../../../helpers/recorded-run'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('equity over time', () => {
  test('has a point at the start, at every midnight and at the end, whatever the candles', () => {
    const points: number[] = []
    const track = trackEquity({ startMs: 20 * hourMs, equityStart: 100, onPoint: (atMs) => points.push(atMs) })
    track.mark(21 * hourMs, 101, 50)
    track.mark(24 * hourMs, 102, 51)
    track.mark(24 * hourMs, 104, 52)
    track.mark(30 * hourMs, 90, 45)
    track.mark(75 * hourMs, 120, 0)
    const { curve } = track.end()
    expect(curve).toEqual({
      atMs: [20 * hourMs, dayMs, 2 * dayMs, 3 * dayMs, 75 * hourMs],
      equity: [100, 104, 90, 90, 120],
      exposure: [0, 0.5, 0.5, 0.5, 0],
    })
    expect(points).toEqual(curve.atMs)
  })

  test('knows the deepest fall with its dates, and the longest time under water', () => {
    const track = trackEquity({ startMs: 0, equityStart: 100 })
    const equities = [110, 99, 104.5, 110, 88, 100, 90, 110, 120, 119]
    equities.forEach((equity, hour) => {
      track.mark((hour + 1) * hourMs, equity, equity / 2)
    })
    const { drawdown, exposure } = track.end()
    expect(drawdown).toEqual({
      depth: expect.closeTo(0.2, 12),
      peakAtMs: 4 * hourMs,
      troughAtMs: 5 * hourMs,
      recoveredAtMs: 8 * hourMs,
      longestUnderwaterMs: 4 * hourMs,
    })
    expect(exposure).toEqual({ timeShare: 1, mean: 0.5 })
  })

  test('of several marks at one moment only the last counts, so a fall between two symbols is none', () => {
    const track = trackEquity({ startMs: 0, equityStart: 100 })
    track.mark(hourMs, 50, 0)
    track.mark(hourMs, 100, 0)
    expect(track.end().drawdown.depth).toBe(0)
  })
})

test('price bars double in length rather than grow in number, and lose neither the high nor the low', () => {
  const track = trackBars({ symbol: 'BTC/USDT', candleMs: hourMs, source: 'candles', limit: 8 })
  for (let hour = 0; hour < 100; hour += 1) track.add(hour * hourMs, hour, hour + 2, hour - 2, hour + 1)
  const bars = track.end()
  expect(bars.barMs).toBe(16 * hourMs)
  expect(bars.openMs).toEqual([0, 16, 32, 48, 64, 80, 96].map((hour) => hour * hourMs))
  expect(bars.open).toEqual([0, 16, 32, 48, 64, 80, 96])
  expect(bars.close).toEqual([16, 32, 48, 64, 80, 96, 100])
  expect(Math.max(...bars.high)).toBe(101)
  expect(Math.min(...bars.low)).toBe(-2)
})

test('two million candles leave no more behind than their days', () => {
  const minuteMs = 60_000
  const minutes = 2_000_000
  const track = trackEquity({ startMs: 0, equityStart: 100 })
  const bars = trackBars({ symbol: 'BTC/USDT', candleMs: minuteMs, source: 'candles', limit: 512 })
  for (let minute = 0; minute < minutes; minute += 1) {
    track.mark((minute + 1) * minuteMs, 100 + (minute % 7), 50)
    bars.add(minute * minuteMs, 1, 2, 1, 1)
  }
  expect(track.end().curve.atMs.length).toBe(Math.ceil(minutes / 1440) + 1)
  expect(bars.end().openMs.length).toBeLessThan(512)
})

describe('the record of a run over real candles', () => {
  let record: TradingRecord
  let run: Awaited<ReturnType<typeof recordedRun>>
  beforeAll(async () => {
    run = await recordedRun({ fromMs: Date.UTC(2021, 4, 1), hours: 31 * 24 })
    const made = tradingRecordOfJournal(run.events, { knownModel: () => null })
    if (!made.ok) throw new Error(made.problem.message)
    record = made.value
  }, 120_000)

  test('is what its schema says, also after a way through a file', () => {
    expect(tradingRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record)
  })

  test('adds up to the last digit with the account: start, trades, open positions, end', () => {
    const sum = (texts: readonly string[]) => texts.reduce((total, text) => total.plus(text), new Decimal(0))
    expect(record.trades.length).toBeGreaterThan(10)
    expect(record.equityEnd).toBe(run.account.equity)
    expect(record.feesPaid).toBe(run.account.feesPaid)
    expect(sum(record.trades.map(({ realizedQuote }) => realizedQuote)).toFixed()).toBe(run.account.realized)
    for (const trade of record.trades) {
      expect(new Decimal(trade.proceedsQuote).minus(trade.costQuote).toFixed()).toBe(trade.realizedQuote)
      expect(trade.exitAtMs).toBeGreaterThanOrEqual(trade.entryAtMs)
    }
  })

  test('counts every decision, every refusal and every candle of the journal', () => {
    const count = (type: string) => run.events.filter((event) => event.type === type).length
    expect(record.decisions.total).toBe(count('decision.made'))
    expect(record.candles).toBe(2 * 31 * 24)
    expect(record.refusals.reduce((sum, refusal) => sum + refusal.count, 0)).toBe(count('order.refused'))
    const { buy, sell, hold } = record.decisions.byAction
    expect(buy + sell + hold).toBe(record.decisions.total)
  })

  test('has one point of equity, exposure and price per day', () => {
    expect(record.curve.atMs).toHaveLength(32)
    expect(record.curve.equity.at(-1)).toBe(Number(record.equityEnd))
    for (const { closes } of record.benchmarks) expect(closes).toHaveLength(32)
  })

  test('counts an outcome for every decision to trade, as far as the market tells', () => {
    const trading = record.decisions.byAction.buy + record.decisions.byAction.sell
    for (const { bins } of record.calibration) {
      const counted = bins.reduce((sum, bin) => sum + bin.n, 0)
      expect(counted).toBeGreaterThan(0)
      expect(counted).toBeLessThanOrEqual(trading)
    }
    expect(record.calibration.map(({ horizon }) => horizon)).toEqual(['1h', '4h', '24h'])
  })

  test('shows the calibrated confidence beside the raw one where decisions carry it', () => {
    const calibrated = { confidence: 0.45, method: 'platt', samples: 120 } as const
    const events = run.events.map((event) => {
      const isTrading = event.type === 'decision.made' && event.payload.action !== 'hold'
      return isTrading ? { ...event, payload: { ...event.payload, calibrated } } : event
    })
    const told = tradingRecordOfJournal(events, { knownModel: () => null })
    if (!told.ok) throw new Error(told.problem.message)
    const [hourly, ...others] = told.value.calibration
    expect([hourly, ...others].map((one) => `${one?.confidence} ${one?.horizon}`)).toEqual(
      ['raw', 'calibrated'].flatMap((kind) => ['1h', '4h', '24h'].map((horizon) => `${kind} ${horizon}`)),
    )
    expect(told.value.calibration.slice(0, 3)).toEqual(record.calibration)
    const hourlyCount = hourly?.bins.reduce((sum, { n }) => sum + n, 0)
    expect(others[2]?.bins[4]).toMatchObject({ n: hourlyCount, confidence: expect.closeTo(0.45, 12) })
  })

  test('is the same where whole candles are told, and then knows how far each trade went for and against it', () => {
    const [started] = run.events
    if (started?.type !== 'run.started') throw new Error('The run has no beginning')
    const { runId, title, origin, policy, symbols, timeframe, fromMs, assumptions, seed, dataHash } = record
    const facts = { runId, title, origin, policy, symbols, timeframe, fromMs, assumptions, seed, dataHash }
    let account = openAccount({ ...recordedRunSettings.broker, startingCash: started.payload.startingCash })
    const recorder = recordTrading({ facts, account, prices: 'candles', knownModel: () => null })
    for (const event of run.events) {
      const before = account
      account = applyEvent(account, event)
      recorder.happened(event, before, account)
      if (event.type !== 'decision.made') continue
      const { symbol, action, candleOpenMs, decidedAtMs } = event.payload
      const [candle] = recordedCandles(symbol === 'BTC/USDT' ? 'BTCUSDT' : 'ETHUSDT', candleOpenMs, 1)
      if (candle === undefined) throw new Error('The candle is not recorded')
      recorder.decided(action)
      const equity = equityOf(account).toNumber()
      recorder.closed({ symbol, openMs: candleOpenMs, atMs: decidedAtMs, ...candle }, equity, positionsValueOf(account))
    }
    const withCandles = recorder.end(account, true)
    const plain = ({ bars: _, benchmarks: __, trades, ...rest }: TradingRecord) => ({
      ...rest,
      trades: trades.map(({ maxAdverse: ___, maxFavourable: ____, ...trade }) => trade),
    })
    expect(plain(withCandles)).toEqual(plain(record))
    expect(withCandles.benchmarks[0]?.closes[0]).toBe(recordedCandles('BTCUSDT', fromMs, 1)[0]?.open)
    const followed = withCandles.trades.filter(({ maxAdverse }) => maxAdverse !== null)
    expect(followed.length).toBeGreaterThan(10)
    for (const { maxAdverse, maxFavourable, entryPriceQuote, exitPriceQuote } of followed) {
      const exit = Number(exitPriceQuote) / Number(entryPriceQuote) - 1
      expect(maxAdverse).toBeLessThanOrEqual(exit + 1e-12)
      expect(maxFavourable).toBeGreaterThanOrEqual(exit - 1e-12)
    }
  })

  test('of a run that still goes on is what it is so far, and says that it goes on', () => {
    const half = tradingRecordOfJournal(run.events.slice(0, 1000), { knownModel: () => null })
    expect(half).toMatchObject({ ok: true, value: { finished: false } })
    expect(record.finished).toBe(true)
  })

  test('tells when there is nothing to report', () => {
    expect(tradingRecordOfJournal(run.events.slice(0, 1), { knownModel: () => null })).toMatchObject({
      ok: false,
      problem: { code: 'run_without_decisions' },
    })
  })
})
