import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MarketSymbol } from '@shared/contract/candle'
import { z } from 'zod'
import type { LiveVenue } from '../../src-main/engine/market/binance/live-venue'
import { openBinanceVenue } from '../../src-main/engine/market/binance-venue'
import { systemClock } from '../../src-main/engine/market/clock'
import type { Benchmark } from './benchmark'
import { percentile } from './percentile'

/**
 * How a long watchlist is heard: trades and order-book changes of many symbols at once, from the practice exchange in a
 * process of its own over real WebSockets. Every message carries the time of its sending (whole milliseconds, one clock
 * on one machine); the lag is what passes until our listener has the trade, or the whole book after the change.
 *
 * Words: the load and the seconds, `200x50 20` for 200 symbols with 50 trades and 50 changes a second each.
 */
export const live: Benchmark = {
  name: 'live',
  summary: 'lag, losses and cost of hearing 200 symbols at 50 trades and 50 book changes a second each',
  async run(args, { programsDir, scratchDir }) {
    const [load = '200x50', seconds = '20'] = args
    const [symbols = 0, messagesPerSecond = 0] = load.split('x').map(Number)
    const server = spawn(process.execPath, [join(programsDir, 'cli.js'), 'practice', '--load', load, '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, QUARTET_HOME: scratchDir },
    })
    try {
      const exchange = await announced(server)
      const heard = await hear(exchange.url, exchange.pairs.map(symbolOf), Number(seconds), server)
      return { symbols, messagesPerSecond, seconds: Number(seconds), cores: cpus().length, ...heard }
    } finally {
      server.kill('SIGTERM')
    }
  },
}

const announcementSchema = z.object({ url: z.string(), pairs: z.array(z.string()) })
/** Connections, snapshots and compiled code settle before anything is counted. */
const settleMs = 4000
const longestStartMs = 60_000

async function announced(server: ChildProcess): Promise<z.infer<typeof announcementSchema>> {
  let text = ''
  for await (const chunk of server.stdout ?? []) {
    text += String(chunk)
    if (text.trimEnd().endsWith('\n}')) return announcementSchema.parse(JSON.parse(text))
  }
  throw new Error(`The practice exchange did not start: ${text}`)
}

function symbolOf(pair: string): MarketSymbol {
  return `${pair.slice(0, -'USDT'.length)}/USDT`
}

async function hear(url: string, symbols: readonly MarketSymbol[], seconds: number, server: ChildProcess) {
  const opened = await openBinanceVenue({
    symbols,
    timeframe: '1m',
    fromMs: null,
    toMs: null,
    warmUpCandles: 600,
    clock: systemClock,
    random: Math.random,
    baseUrl: url,
  })
  if (!opened.ok) throw new Error(opened.problem.message)
  const venue = opened.value
  const stop = new AbortController()
  const candles = countCandles(venue, stop.signal)
  await allKnown(venue)
  await sleep(settleMs)

  const tradeLags: number[] = []
  const bookLags: number[] = []
  const ids = new Map<MarketSymbol, { first: number; last: number; count: number }>()
  const resyncsBefore = venue.bookResyncs()
  const end = venue.ticks((tick) => {
    const nowMs = performance.timeOrigin + performance.now()
    if (tick.kind === 'book') {
      bookLags.push(nowMs - tick.book.atMs)
      return
    }
    const { symbol, tradeId, timeMs } = tick.trade
    tradeLags.push(nowMs - timeMs)
    const seen = ids.get(symbol)
    if (seen === undefined) ids.set(symbol, { first: tradeId, last: tradeId, count: 1 })
    else {
      seen.last = Math.max(seen.last, tradeId)
      seen.count++
    }
  })
  const cpuBefore = process.cpuUsage()
  const serverCpuBefore = cpuSeconds(server.pid)
  const startedAt = performance.now()
  await sleep(seconds * 1000)
  end()
  const wallS = (performance.now() - startedAt) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  const serverCpuS = cpuSeconds(server.pid) - serverCpuBefore
  stop.abort()
  await venue.close()
  const sent = [...ids.values()].reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const received = [...ids.values()].reduce((sum, { count }) => sum + count, 0)
  return {
    lagMs: lags([...tradeLags, ...bookLags]),
    tradeLagMs: lags(tradeLags),
    bookLagMs: lags(bookLags),
    /** Trade numbers follow each other: a hole is a lost message. So do a book's changes: a hole makes a resync. */
    trades: { sent, received, lost: sent - received, symbolsHeard: ids.size },
    books: { received: bookLags.length, resyncs: venue.bookResyncs() - resyncsBefore },
    receivedPerSecond: Math.round((tradeLags.length + bookLags.length) / wallS),
    closedCandles: await candles,
    cpuShareOfOneCore: round((cpu.user + cpu.system) / 1e6 / wallS),
    serverCpuShareOfOneCore: round(serverCpuS / wallS),
    rssBytes: process.memoryUsage.rss(),
  }
}

async function countCandles(venue: LiveVenue, signal: AbortSignal): Promise<number> {
  let count = 0
  for await (const _update of venue.updates(signal)) count++
  return count
}

async function allKnown(venue: LiveVenue): Promise<void> {
  const endMs = performance.now() + longestStartMs
  while (venue.symbols.some((symbol) => venue.book(symbol) === null)) {
    if (performance.now() > endMs) throw new Error('Not every order book came within a minute')
    await sleep(50)
  }
}

function lags(values: readonly number[]) {
  const [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1].map((share) => round(percentile(values, share)))
  return { p50, p90, p99, most }
}

const clockTicksPerSecond = 100

/** User and system time of a process; NaN where the system does not tell (only Linux is asked). */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
