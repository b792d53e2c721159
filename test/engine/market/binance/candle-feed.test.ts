import type { Candle, MarketSymbol } from '@shared/contract/candle'
import { describe, expect, test } from 'vitest'
import { type CandleFeed, createCandleFeed, takeDue } from '../../../../src-main/engine/market/binance/candle-feed'

const stepMs = 60_000
const forever = Number.POSITIVE_INFINITY

function minute(index: number, close = 10): Candle {
  return { openTimeMs: index * stepMs, open: 10, high: 12, low: 8, close, volume: 1 }
}

function feed(symbol: MarketSymbol = 'BTC/USDT'): CandleFeed {
  return createCandleFeed(symbol, '1m', 10 * stepMs, minute(9))
}

function taken(...feeds: CandleFeed[]) {
  return [...takeDue(feeds, forever)].map(({ symbol, candle, anomalies }) => [
    `${symbol} ${candle.openTimeMs / stepMs}`,
    anomalies.map((anomaly) => anomaly.kind),
  ])
}

describe('one symbol', () => {
  test('hands out each candle once', () => {
    const one = feed()
    expect(one.closed(minute(10))).toBe(true)
    expect(taken(one)).toEqual([['BTC/USDT 10', []]])
    expect(taken(one)).toEqual([])
  })

  test('asks for what is missing before a candle, and hands out all in order', () => {
    const one = feed()
    expect(one.closed(minute(12))).toBe(false)
    expect(taken(one)).toEqual([])
    one.page([minute(8), minute(9), minute(10), minute(11), minute(12), minute(13)], false, 13 * stepMs)
    expect(taken(one).map(([name]) => name)).toEqual(['BTC/USDT 10', 'BTC/USDT 11', 'BTC/USDT 12'])
  })

  test('the same word twice is told as a duplicate with the next candle', () => {
    const one = feed()
    one.closed(minute(10))
    one.closed(minute(10))
    expect(taken(one)).toEqual([['BTC/USDT 10', ['duplicate']]])
  })

  test('the word of a candle that we had asked for meanwhile is nothing odd', () => {
    const one = feed()
    one.page([minute(10), minute(11)], false, 11 * stepMs)
    one.closed(minute(10))
    expect(taken(one)).toEqual([['BTC/USDT 10', []]])
  })

  test('an overlap that we asked for ourselves is nothing odd', () => {
    const one = feed()
    one.closed(minute(10))
    one.page([minute(9), minute(10), minute(11)], false, 11 * stepMs)
    expect(taken(one)).toEqual([['BTC/USDT 10', []]])
  })

  test('a changed candle is a correction: the decision stands where it was made, both figures are told', () => {
    const one = feed()
    one.closed(minute(10))
    expect(taken(one)).toHaveLength(1)
    one.closed(minute(10, 11))
    one.closed(minute(11))
    const [update] = [...takeDue([one], forever)]
    expect(update?.candle).toEqual(minute(11))
    expect(update?.anomalies).toEqual([{ kind: 'correction', was: minute(10), became: minute(10, 11) }])
  })

  test('a candle that was changed before anybody had it goes out as it is now', () => {
    const [first, second] = [feed('AAA/USDT'), feed('BBB/USDT')]
    second.closed(minute(10))
    second.closed(minute(10, 11))
    first.closed(minute(10))
    const updates = [...takeDue([first, second], forever)]
    expect(updates[1]?.candle).toEqual(minute(10, 11))
  })

  test('a candle that was given up and comes after all is told as late, and as a gap', () => {
    const one = feed()
    one.passBy(11 * stepMs)
    one.closed(minute(10))
    one.closed(minute(11))
    expect(taken(one)).toEqual([['BTC/USDT 11', ['gap', 'late']]])
  })
})

describe('several symbols', () => {
  test('go out by close time, then by symbol, whatever the order in which they came', () => {
    const [first, second] = [feed('AAA/USDT'), feed('BBB/USDT')]
    second.closed(minute(10))
    second.closed(minute(11))
    first.closed(minute(10))
    first.closed(minute(11))
    expect(taken(first, second).map(([name]) => name)).toEqual([
      'AAA/USDT 10',
      'BBB/USDT 10',
      'AAA/USDT 11',
      'BBB/USDT 11',
    ])
  })

  test('nobody waits for a symbol that comes after it', () => {
    const [first, second] = [feed('AAA/USDT'), feed('BBB/USDT')]
    first.closed(minute(10))
    first.closed(minute(11))
    expect(taken(first, second).map(([name]) => name)).toEqual(['AAA/USDT 10'])
  })

  test('a symbol that is passed by stops the others no longer', () => {
    const [first, second] = [feed('AAA/USDT'), feed('BBB/USDT')]
    second.closed(minute(10))
    expect(taken(first, second)).toEqual([])
    first.passBy(11 * stepMs)
    expect(taken(first, second).map(([name]) => name)).toEqual(['BBB/USDT 10'])
  })
})
