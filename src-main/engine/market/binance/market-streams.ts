import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import { binanceId } from '../binance-client'
import type { WallClock } from '../clock'
import { keepStreamConnection, type StreamConnection } from './stream-connection'
import type { StreamMessage } from './stream-message'

export interface MarketStreamsOptions {
  /** `wss://stream.binance.com:9443`. */
  readonly streamUrl: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Trades and order books besides the candles. */
  readonly withTicks: boolean
  readonly random: () => number
  readonly clock: Pick<WallClock, 'steadyMs' | 'sleepMs'>
  hear(symbol: MarketSymbol, message: StreamMessage): void
  /** These symbols are heard from now on. */
  linked(symbols: readonly MarketSymbol[]): void
  lost(symbols: readonly MarketSymbol[], reason: string): void
}

export interface MarketStreams {
  isLinked(symbol: MarketSymbol): boolean
  close(): void
}

/** Binance allows 1024 streams on a connection; with fewer, a lost connection silences fewer symbols. */
const streamsPerConnection = 300

/** A watchlist of any size over as few connections as are sensible, all streams of a symbol on the same one. */
export async function openMarketStreams(options: MarketStreamsOptions): Promise<MarketStreams> {
  const { symbols, random, clock } = options
  const { default: ccxt } = await import('ccxt')
  const symbolOf = new Map(symbols.map((symbol) => [binanceId(symbol), symbol]))
  const perSymbol = streamNames('', options).length
  const perConnection = Math.floor(streamsPerConnection / perSymbol)
  const connectionOf = new Map<MarketSymbol, StreamConnection>()
  const connections: StreamConnection[] = []
  for (let at = 0; at < symbols.length; at += perConnection) {
    const group = symbols.slice(at, at + perConnection)
    const connection = await keepStreamConnection(ccxt.pro.binance, {
      url: `${options.streamUrl}/stream`,
      streams: group.flatMap((symbol) => streamNames(binanceId(symbol).toLowerCase(), options)),
      random,
      clock,
      hear(message) {
        const symbol = symbolOf.get(message.id)
        if (symbol !== undefined) options.hear(symbol, message)
      },
      linked: () => options.linked(group),
      lost: (reason) => options.lost(group, reason),
    })
    connections.push(connection)
    for (const symbol of group) connectionOf.set(symbol, connection)
  }
  return {
    isLinked: (symbol) => connectionOf.get(symbol)?.isLinked() ?? false,
    close() {
      for (const connection of connections) connection.close()
    },
  }
}

/** `@depth@100ms` tells every change of the book, gathered ten times a second; `@trade` tells every trade. */
function streamNames(id: string, { timeframe, withTicks }: MarketStreamsOptions): string[] {
  return withTicks ? [`${id}@kline_${timeframe}`, `${id}@trade`, `${id}@depth@100ms`] : [`${id}@kline_${timeframe}`]
}
