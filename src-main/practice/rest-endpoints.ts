import { timeframeSchema } from '@shared/contract/candle'
import { z } from 'zod'
import { delisted, type ExchangeState, type ListedPair } from './exchange-state'
import { statedRateLimits } from './listing'
import { bookDepth } from './made-book'
import { illegalCharacters, invalidInterval, invalidSymbol, missingParameter, type Refusal } from './refusal'
import {
  aggTradeRow,
  bookTickerRow,
  dayTickerRow,
  depthAnswer,
  klineRow,
  tradeRow,
  weightedPrice,
} from './rest-answers'
import { wireFigure } from './wire-figure'

export type Query = Readonly<Record<string, string | undefined>>

/** What a request gets: the body of a 200, or a refusal. */
export type RestAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly refusal: Refusal }

export interface Endpoint {
  /** Request weight, as Binance states it. */
  weight(query: Query): number
  answer(query: Query, nowMs: number): RestAnswer
}

const dayMs = 86_400_000
const averageMinutes = 5
const minuteMs = 60_000
const mostRows = 1000
const usualRows = 500
const usualLevels = 100
const legalSymbol = /^[A-Z0-9-_.]{1,20}$/
const legalNumber = /^[0-9]{1,20}$/
const symbolListSchema = z.array(z.string())
const intervalsElsewhere = ['1s', '3d', '1w', '1M']

/** Binance spot's public REST endpoints by path, over the state at a moment of market time. */
export function restEndpoints(state: ExchangeState, shownTimeMs: (nowMs: number) => number): Record<string, Endpoint> {
  const listed = (): ListedPair[] => [...state.pairs.values()].filter(({ listed }) => listed.status !== delisted)

  /** The pair of `symbol`, answered by `answer`. */
  function ofPair(query: Query, answer: (pair: ListedPair) => RestAnswer): RestAnswer {
    const { symbol } = query
    if (symbol === undefined || symbol === '') return refused(missingParameter('symbol'))
    if (!legalSymbol.test(symbol)) return refused(illegalCharacters('symbol', '^[A-Z0-9-_.]{1,20}$'))
    const pair = listed().find((candidate) => candidate.market.pair === symbol)
    return pair === undefined ? refused(invalidSymbol) : answer(pair)
  }

  /** One row for `symbol`, or a list for `symbols`, or for all. */
  function ofPairs(query: Query, row: (pair: ListedPair) => unknown): RestAnswer {
    if (query.symbol !== undefined) return ofPair(query, (pair) => answered(row(pair)))
    const asked = askedPairs(query.symbols)
    return 'status' in asked ? refused(asked) : answered(asked.map(row))
  }

  function askedPairs(symbols: string | undefined): readonly ListedPair[] | Refusal {
    if (symbols === undefined) return listed()
    const names = symbolListSchema.safeParse(parsedJson(symbols))
    if (!names.success)
      return illegalCharacters('symbols', '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$')
    const pairs: ListedPair[] = []
    for (const name of names.data) {
      const pair = listed().find((candidate) => candidate.market.pair === name)
      if (pair === undefined) return invalidSymbol
      pairs.push(pair)
    }
    return pairs
  }

  /** `limit` and the times, checked as Binance checks them. */
  function withNumbers(
    query: Query,
    usual: number,
    answer: (numbers: {
      limit: number
      fromMs: number | null
      toMs: number | null
      fromId: number | null
    }) => RestAnswer,
  ): RestAnswer {
    for (const name of ['limit', 'startTime', 'endTime', 'fromId'] as const) {
      const text = query[name]
      if (text !== undefined && !legalNumber.test(text)) return refused(illegalCharacters(name, '^[0-9]{1,20}$'))
    }
    const whole = (text: string | undefined): number | null => (text === undefined ? null : Number(text))
    return answer({
      limit: Math.min(Math.max(whole(query.limit) ?? usual, 1), mostRows),
      fromMs: whole(query.startTime),
      toMs: whole(query.endTime),
      fromId: whole(query.fromId),
    })
  }

  return {
    '/api/v3/ping': { weight: () => 1, answer: () => answered({}) },
    '/api/v3/time': { weight: () => 1, answer: (_query, nowMs) => answered({ serverTime: shownTimeMs(nowMs) }) },
    '/api/v3/exchangeInfo': {
      weight: () => 20,
      answer(query, nowMs) {
        const asked =
          query.symbol === undefined ? askedPairs(query.symbols) : askedPairs(JSON.stringify([query.symbol]))
        if ('status' in asked) return refused(asked)
        return answered({
          timezone: 'UTC',
          serverTime: shownTimeMs(nowMs),
          rateLimits: statedRateLimits,
          exchangeFilters: [],
          symbols: asked.map((pair) => pair.listed),
        })
      },
    },
    '/api/v3/klines': {
      weight: () => 2,
      answer: (query, nowMs) =>
        ofPair(query, ({ market }) => {
          if (query.interval === undefined || query.interval === '') return refused(missingParameter('interval'))
          if (intervalsElsewhere.includes(query.interval)) return answered([])
          const timeframe = timeframeSchema.safeParse(query.interval)
          if (!timeframe.success) return refused(invalidInterval)
          return withNumbers(query, usualRows, ({ limit, fromMs, toMs }) =>
            answered(market.klines(timeframe.data, { fromMs, toMs, limit }, nowMs).map(klineRow)),
          )
        }),
    },
    '/api/v3/depth': {
      weight: ({ limit }) => depthWeight(Number(limit ?? usualLevels)),
      answer: (query, nowMs) =>
        ofPair(query, (pair) =>
          withNumbers(query, usualLevels, ({ limit }) =>
            answered(depthAnswer(state.book(pair, nowMs), nowMs, Math.min(limit, bookDepth))),
          ),
        ),
    },
    '/api/v3/trades': {
      weight: () => 25,
      answer: (query, nowMs) =>
        ofPair(query, ({ market }) =>
          withNumbers(query, usualRows, ({ limit }) => answered(market.lastTrades(limit, nowMs).map(tradeRow))),
        ),
    },
    '/api/v3/aggTrades': {
      weight: () => 4,
      answer: (query, nowMs) =>
        ofPair(query, ({ market }) =>
          withNumbers(query, usualRows, ({ limit, fromMs, toMs, fromId }) => {
            if (fromId !== null) return answered(market.tradesFrom(fromId, limit, nowMs).map(aggTradeRow))
            if (fromMs === null && toMs === null) return answered(market.lastTrades(limit, nowMs).map(aggTradeRow))
            // Of a window, Binance gives the first trades; endTime is inclusive.
            const untilMs = Math.min((toMs ?? nowMs) + 1, nowMs)
            const found = market.trades(fromMs ?? untilMs - 60 * minuteMs, untilMs)
            return answered((fromMs === null ? found.slice(-limit) : found.slice(0, limit)).map(aggTradeRow))
          }),
        ),
    },
    '/api/v3/avgPrice': {
      weight: () => 2,
      answer: (query, nowMs) =>
        ofPair(query, (pair) => {
          const figures = state.window(pair, averageMinutes * minuteMs, nowMs)
          const price = figures === null ? (state.lastPrice(pair, nowMs) ?? 0) : weightedPrice(figures)
          return answered({ mins: averageMinutes, price: wireFigure(price), closeTime: nowMs })
        }),
    },
    '/api/v3/ticker/price': {
      weight: ({ symbol }) => (symbol === undefined ? 4 : 2),
      answer: (query, nowMs) =>
        ofPairs(query, (pair) => ({
          symbol: pair.market.pair,
          price: wireFigure(state.lastPrice(pair, nowMs) ?? 0),
        })),
    },
    '/api/v3/ticker/bookTicker': {
      weight: ({ symbol }) => (symbol === undefined ? 4 : 2),
      answer: (query, nowMs) => ofPairs(query, (pair) => bookTickerRow(pair.market.pair, state.book(pair, nowMs))),
    },
    '/api/v3/ticker/24hr': {
      weight: ({ symbol }) => (symbol === undefined ? 80 : 2),
      answer: (query, nowMs) =>
        ofPairs(query, (pair) =>
          dayTickerRow(pair.market.pair, state.window(pair, dayMs, nowMs), state.book(pair, nowMs), nowMs, dayMs),
        ),
    },
  }
}

function depthWeight(limit: number): number {
  if (limit <= 100) return 5
  if (limit <= 500) return 25
  return limit <= 1000 ? 50 : 250
}

function answered(body: unknown): RestAnswer {
  return { ok: true, body }
}

function refused(refusal: Refusal): RestAnswer {
  return { ok: false, refusal }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
