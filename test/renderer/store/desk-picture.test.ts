import type { DeskPush } from '@shared/contract/desk-calls'
import type { JournalEvent } from '@shared/contract/journal'
import { describe, expect, test } from 'vitest'
import {
  CANDLES_READ,
  type DeskPicture,
  foldPushes,
  MOST_ACTIVITY,
  MOST_CANDLES,
  MOST_DECISIONS,
  pictureFrom,
} from '../../../src-renderer/store/desk-picture'
import { type Story, tellStory } from '../../helpers/scripted-story'

function read(story: Story): DeskPicture {
  return pictureFrom({
    snapshot: story.snapshot(),
    decisions: story.decisions().slice(0, MOST_DECISIONS),
    activity: story.activity().slice(0, MOST_ACTIVITY),
    candles: new Map(
      story.snapshot().run?.spec.symbols.map((symbol) => [symbol, story.candlesSoFar(symbol, CANDLES_READ)]),
    ),
  })
}

const ids = (picture: DeskPicture): string[] => picture.decisions.map(({ decision }) => decision.decisionId)

describe('the picture of the desk', () => {
  test('folded from pushes is the one that a fresh reading gives', () => {
    const story = tellStory()
    let picture = read(story)
    for (let step = 0; step < 200; step += 1) picture = foldPushes(picture, [story.next()])
    expect(picture).toEqual(read(story))
  })

  test('does not change when a push is folded that the reading already held', () => {
    const story = tellStory()
    const pushes = Array.from({ length: 30 }, () => story.next())
    const picture = read(story)
    expect(foldPushes(picture, pushes)).toEqual(picture)
  })

  test('keeps its lists bounded however long the desk runs', () => {
    const story = tellStory(CANDLES_READ)
    let picture = read(story)
    const candlesToTell = 2 * (MOST_CANDLES - CANDLES_READ + 50)
    for (let told = 0; told < candlesToTell; told += 50) {
      picture = foldPushes(
        picture,
        Array.from({ length: 50 }, () => story.next()),
      )
    }
    expect(picture.decisions).toHaveLength(MOST_DECISIONS)
    expect(picture.activity).toHaveLength(MOST_ACTIVITY)
    for (const candles of picture.candles.values()) {
      expect(candles.length).toBe(CANDLES_READ + 49)
    }
    expect(ids(picture)).toEqual(
      story
        .decisions()
        .slice(0, MOST_DECISIONS)
        .map(({ decision }) => decision.decisionId),
    )
  })

  test('leaves every row alone that a push does not concern', () => {
    const story = tellStory()
    let picture = read(story)
    for (let step = 0; step < 20; step += 1) picture = foldPushes(picture, [story.next()])
    const before = new Map(picture.decisions.map((row) => [row.decision.decisionId, row]))
    const push = story.next()
    const after = foldPushes(picture, [push])
    const filled = push.events.flatMap((event) => (event.type === 'order.filled' ? [event.payload.orderId] : []))
    const redrawn = after.decisions.filter((row) => before.get(row.decision.decisionId) !== row)
    expect(redrawn).toHaveLength(1 + filled.length)
  })

  test('shows no decision of an earlier run', () => {
    const story = tellStory()
    for (let step = 0; step < 4; step += 1) story.next()
    const [first, ...rest] = story.decisions()
    if (first === undefined) throw new Error('The story made no decision')
    const picture = pictureFrom({
      snapshot: story.snapshot(),
      decisions: [...rest, { ...first, decision: { ...first.decision, runId: 'earlier', decisionId: 'of-earlier' } }],
      activity: [],
      candles: new Map(),
    })
    expect(ids(picture)).toEqual(rest.map(({ decision }) => decision.decisionId))
  })

  test('is not turned back by a snapshot older than its own', () => {
    const story = tellStory()
    const older = story.next()
    const newer = story.become('reduce_only', 'Paused by the user.')
    const picture = foldPushes(read(story), [older])
    expect(picture.snapshot).toEqual(newer.snapshot)
  })
})

describe('the fate of a decision', () => {
  const kinds = (picture: DeskPicture): Set<string> => new Set(picture.decisions.map(({ fate }) => fate.kind))

  test('a hold asks for nothing; a buy or sell is refused, or ordered and then filled', () => {
    const story = tellStory()
    let picture = read(story)
    for (let step = 0; step < 120; step += 1) picture = foldPushes(picture, [story.next()])
    expect(kinds(picture)).toEqual(new Set(['nothing_asked', 'refused', 'filled']))
    for (const { decision, fate } of picture.decisions) {
      expect(fate.kind === 'nothing_asked').toBe(decision.action === 'hold')
      if (fate.kind === 'filled') expect(fate.fills.map((fill) => fill.side)).toEqual([decision.action])
    }
  })

  test('an order that expires says why', () => {
    const story = tellStory()
    const { picture, orderId } = pictureWithAnOrder(story)
    const expired: JournalEvent = {
      type: 'order.expired',
      atMs: 0,
      payload: { orderId, runId: 'story', symbol: 'BTC/USDT', reason: 'The run ended.' },
    }
    const after = foldPushes(picture, [withEvents(story, [expired])])
    const fates = after.decisions.flatMap(({ fate }) => (fate.kind === 'expired' ? [fate.reason] : []))
    expect(fates).toEqual(['The run ended.'])
  })

  test('a buy whose order is unknown is not called a hold', () => {
    const story = tellStory()
    story.next({ action: 'buy' })
    const picture = pictureFrom({
      snapshot: story.snapshot(),
      decisions: story.decisions(),
      activity: [],
      candles: new Map(),
    })
    expect(kinds(picture)).toEqual(new Set(['no_order']))
  })
})

function pictureWithAnOrder(story: Story): { picture: DeskPicture; orderId: string } {
  let picture = read(story)
  for (let step = 0; step < 100; step += 1) {
    picture = foldPushes(picture, [story.next()])
    const order = picture.snapshot.account.openOrders[0]
    if (order !== undefined) return { picture, orderId: order.orderId }
  }
  throw new Error('The story placed no order')
}

function withEvents(story: Story, events: JournalEvent[]): DeskPush {
  return { snapshot: story.snapshot(), events, measurements: [], candle: null }
}
