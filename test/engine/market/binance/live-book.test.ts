import type { BookLevel } from '@shared/contract/market-data'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLiveBook } from '../../../../src-main/engine/market/binance/live-book'
import type { DepthMessage } from '../../../../src-main/engine/market/binance/stream-message'

const all = Number.POSITIVE_INFINITY

function change(firstId: number, lastId: number, bids: BookLevel[] = [], asks: BookLevel[] = []): DepthMessage {
  return { kind: 'depth', id: 'BTCUSDT', eventMs: 0, firstId, lastId, bids, asks }
}

function book(depth = 100) {
  const live = createLiveBook()
  live.reset(
    {
      lastUpdateId: 160,
      bids: [
        [99, 1],
        [98, 2],
        [97, 3],
      ],
      asks: [
        [101, 1],
        [102, 2],
        [103, 3],
      ],
    },
    depth,
  )
  return live
}

describe("Binance's procedure for a local order book", () => {
  test.each([
    ['one that ends with the snapshot', change(150, 160), 'old'],
    ['one that reaches over the snapshot', change(157, 161), 'applied'],
    ['one that follows it', change(161, 165), 'applied'],
    ['one that begins later', change(162, 165), 'gap'],
  ] as const)('the first change after snapshot 160: %s', (_name, first, outcome) => {
    expect(book().apply(first)).toBe(outcome)
  })

  test.each([
    ['continues', change(166, 170), 'applied'],
    ['is left out', change(167, 170), 'gap'],
    ['overlaps', change(165, 170), 'gap'],
    ['comes twice', change(161, 165), 'old'],
  ] as const)('after change 161 to 165, the next one %s', (_name, next, outcome) => {
    const live = book()
    live.apply(change(161, 165))
    expect(live.apply(next)).toBe(outcome)
  })

  test('a quantity replaces the level, zero takes it out, and zero of an unknown price means nothing', () => {
    const live = book()
    live.apply(
      change(
        161,
        161,
        [
          [99, 5],
          [98, 0],
          [96.5, 7],
          [50, 0],
        ],
        [[100.5, 4]],
      ),
    )
    expect(live.bids(all)).toEqual([
      [99, 5],
      [97, 3],
      [96.5, 7],
    ])
    expect(live.asks(all)).toEqual([
      [100.5, 4],
      [101, 1],
      [102, 2],
      [103, 3],
    ])
  })

  test('shows nothing beyond the last level of a snapshot that was cut off there, and says when little is left', () => {
    const live = book(3)
    live.apply(change(161, 161, [[96, 9]], [[104, 9]]))
    expect(live.bids(all)).toEqual([
      [99, 1],
      [98, 2],
      [97, 3],
    ])
    expect(live.asks(all)).toEqual([
      [101, 1],
      [102, 2],
      [103, 3],
    ])
    const deep = createLiveBook()
    const levels = Array.from({ length: 20 }, (_, index): BookLevel => [100 - index, 1])
    deep.reset({ lastUpdateId: 1, bids: levels, asks: [] }, 20)
    expect(deep.isShallow()).toBe(false)
    deep.apply(
      change(
        2,
        2,
        levels.slice(0, 16).map(([price]): BookLevel => [price, 0]),
      ),
    )
    expect(deep.isShallow()).toBe(true)
  })
})

test('the book is what a plain map of prices would be, whatever the changes', () => {
  const level = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 5 }))
  fc.assert(
    fc.property(fc.array(fc.array(level, { maxLength: 6 }), { maxLength: 30 }), (changes) => {
      const live = createLiveBook()
      live.reset({ lastUpdateId: 0, bids: [], asks: [] }, 100)
      const plain = new Map<number, number>()
      changes.forEach((bids, index) => {
        live.apply(change(index + 1, index + 1, bids))
        for (const [price, qty] of bids) {
          if (qty === 0) plain.delete(price)
          else plain.set(price, qty)
        }
      })
      expect(live.bids(all)).toEqual([...plain].sort(([left], [right]) => right - left))
    }),
  )
})
