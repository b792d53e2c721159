import { symbolSchema, type Timeframe, timeframeSchema } from '@shared/contract/candle'
import { type Slot, slotSchema } from '@shared/contract/model'
import { InvalidArgumentError } from 'commander'
import type { ReplaySpeed } from '../engine/market/venue'

/** Readers of single command-line words; a word that cannot be read is wrong usage (exit code 2). */

export function symbolsWord(word: string): string[] {
  const symbols = word.split(',').map((part) => part.trim().toUpperCase())
  for (const symbol of symbols) {
    if (!symbolSchema.safeParse(symbol).success) {
      throw new InvalidArgumentError(`"${symbol}" is not a symbol. Write base, slash, quote: BTC/USDT,ETH/USDT.`)
    }
  }
  if (new Set(symbols).size !== symbols.length) throw new InvalidArgumentError('A symbol is named twice.')
  return symbols.sort()
}

export function symbolWord(word: string): string {
  const [symbol, ...more] = symbolsWord(word)
  if (symbol === undefined || more.length > 0) throw new InvalidArgumentError('Name exactly one symbol.')
  return symbol
}

export function timeframeWord(word: string): Timeframe {
  const timeframe = timeframeSchema.safeParse(word)
  if (!timeframe.success) {
    throw new InvalidArgumentError(`Unknown timeframe "${word}". Known: ${timeframeSchema.options.join(', ')}.`)
  }
  return timeframe.data
}

export function slotWord(word: string): Slot {
  const slot = slotSchema.safeParse(word)
  if (!slot.success) throw new InvalidArgumentError(`Unknown model "${word}". Known: ${slotSchema.options.join(', ')}.`)
  return slot.data
}

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** An ISO 8601 date or time; without an offset it is UTC, because all of Quartet's times are. */
export function timeWord(word: string): number {
  const zoned = /T/.test(word) && !/(Z|[+-]\d{2}:\d{2})$/.test(word) ? `${word}Z` : word
  const timeMs = isoDate.test(word) ? Date.parse(zoned) : Number.NaN
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError(
      `"${word}" is not a time. Write ISO 8601, such as 2021-05-17 or 2021-05-17T06:00:00Z.`,
    )
  }
  return timeMs
}

export function speedWord(word: string): ReplaySpeed {
  if (word === 'max') return 'max'
  const factor = /^(\d{1,6})x$/.exec(word)?.[1]
  if (factor === undefined || Number(factor) === 0) {
    throw new InvalidArgumentError(`"${word}" is not a speed. Write max, or market seconds per second: 60x.`)
  }
  return Number(factor)
}

export function countWord(word: string): number {
  const count = Number(word)
  if (!/^\d+$/.test(word) || count < 1 || count > 1_000_000) {
    throw new InvalidArgumentError(`"${word}" is not a whole number from 1 to 1000000.`)
  }
  return count
}

/** Ids of runs, or their first characters. */
export function runsWord(word: string): string[] {
  const names = word.split(',').map((part) => part.trim())
  if (names.some((name) => !/^[\w-]+$/.test(name))) throw new InvalidArgumentError('Name runs by their ids, or last.')
  if (new Set(names).size !== names.length) throw new InvalidArgumentError('A run is named twice.')
  return names
}

/** A count, or `all`. */
export function samplesWord(word: string): number | 'all' {
  return word === 'all' ? 'all' : countWord(word)
}

export function portWord(word: string): number {
  const port = Number(word)
  if (!/^\d+$/.test(word) || port > 65_535) throw new InvalidArgumentError(`"${word}" is not a port (0 to 65535).`)
  return port
}

/** How much an exchange that only makes load sends. */
export interface LoadSize {
  readonly symbols: number
  /** Of each kind, for each symbol. */
  readonly messagesPerSecond: number
}

const mostLoadSymbols = 1000
const mostMessagesPerSecond = 1000

/** Symbols times messages a second: "200x50". */
export function loadWord(word: string): LoadSize {
  const [, symbols, messages] = /^(\d{1,4})x(\d{1,4})$/.exec(word) ?? []
  const size = { symbols: Number(symbols), messagesPerSecond: Number(messages) }
  const isInside = size.symbols <= mostLoadSymbols && size.messagesPerSecond <= mostMessagesPerSecond
  if (!(size.symbols > 0 && size.messagesPerSecond > 0 && isInside)) {
    throw new InvalidArgumentError(`"${word}" is not a load. Write symbols x messages per second: 200x50.`)
  }
  return size
}

/** An inference process turns away what comes while 64 questions are in its line. */
const mostAtOnce = 32

export function atOnceWord(word: string): number {
  const count = Number(word)
  if (!/^\d+$/.test(word) || count < 1 || count > mostAtOnce) {
    throw new InvalidArgumentError(`"${word}" is not a whole number from 1 to ${mostAtOnce}.`)
  }
  return count
}
