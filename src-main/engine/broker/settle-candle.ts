import { type Candle, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type Amount, amount, ceilTo, floorTo, largerOf, smallerOf, zero } from '../risk/amounts'
import { type Holding, ordersOf, positionOf } from './account'
import { totalOf } from './balance'
import { stopPrice } from './fill-model'
import { isThrough, type MetPrice, meetPrice } from './meet-price'
import {
  awaitsTrigger,
  cannotWait,
  isReached,
  isTrailing,
  limitOf,
  type OpenOrder,
  stopOf,
  trailingStop,
  triggersOnRise,
} from './open-order'
import { exitPosition, exitsOf, isOwnExit } from './position-exits'
import { endReduceOnly, expire, type Settling, stillOpen, trail } from './settling'

/**
 * What one candle does to the orders and the position of its symbol. A candle tells four prices and not their order,
 * so that inside it the worse is assumed wherever it leaves a choice:
 *
 * 1. At the open: market orders fill, gaps past a trigger trigger, resting limits that the open went through fill.
 * 2. Inside, the rise of buys: those that wait for a higher price fill at their trigger.
 * 3. Then the fall, from the highest price down: stops sell and resting buys fill as the price comes to them.
 * 4. Then what sells higher: limits and take-profits; nothing of what was bought in (2) or (3).
 *
 * In a candle without volume nobody traded: nothing fills, orders wait, and those that cannot wait end. An order that is
 * younger than the candle's open has not seen it.
 */
export function settleOneCandle(settling: Settling, candle: Candle, timeframe: Timeframe): void {
  const { openTimeMs } = candle
  const stepMs = timeframeMs[timeframe]
  const eligible = () =>
    ordersOf(settling.account, settling.symbol).filter(
      (open) => open.order.placedAtMs <= openTimeMs && !isOwnExit(open),
    )
  if (candle.volume === 0) {
    for (const open of eligible()) if (cannotWait(open)) expire(settling, open, nobodyTraded)
    return
  }
  const { maxCandleVolumePct } = settling.settings
  settling.volumeLeft = maxCandleVolumePct === null ? null : amount(candle.volume).times(amount(maxCandleVolumePct))
  const range = { high: amount(candle.high), low: amount(candle.low) }
  const insideMs = openTimeMs + stepMs - 1
  const inside = (price: Amount): MetPrice => ({ price, atMs: insideMs, isArriving: false })

  const open = amount(candle.open)
  for (const order of eligible()) {
    // What was placed since the candle before is new to the exchange; anything older has rested.
    const isArriving = order.order.placedAtMs > openTimeMs - stepMs
    meetIfOpen(settling, order, { price: open, atMs: openTimeMs, isArriving })
  }
  stopAtOpen(settling, open, openTimeMs)

  const atOpen = { position: positionOf(settling.account, settling.symbol), events: settling.events.length }
  // Of a buying OCO the stop comes first as well: it buys at the higher price.
  const rising = eligible().filter(
    (waiting) => waiting.order.side === 'buy' && awaitsTrigger(waiting) && risesTo(waiting),
  )
  for (const order of rising) meetTrigger(settling, order, range, inside)
  const before = eligible()
  const risen = new Set(rising.map(({ order }) => order.orderId))
  fall(settling, () => eligible().filter(({ order }) => !risen.has(order.orderId)), range, inside, openTimeMs)

  const bought = boughtSince(settling, atOpen.events)
  for (const { order, triggered } of before) {
    const waiting = settling.account.openOrders.get(order.orderId)
    // A stop-limit that was triggered in here rests only now: the candle's high may have come before.
    if (waiting === undefined || order.side === 'buy' || waiting.triggered !== triggered) continue
    if (order.reduceOnly && !bought.isZero()) continue
    if (!awaitsTrigger(waiting)) meetPrice(settling, waiting, inside(range.high))
    else if (!sellsOnFall(waiting)) meetTrigger(settling, waiting, range, inside)
  }
  const { takeProfit } = exitsOf(settling)
  const wasHeld = atOpen.position !== null && isOpenedBy(atOpen.position, openTimeMs)
  if (wasHeld && takeProfit !== null && range.high.greaterThan(takeProfit)) {
    const held = settling.account.holdings.get(settling.symbol)
    const offeredQty = largerOf(zero, (held === undefined ? zero : totalOf(held.qtyBase)).minus(bought))
    const terms = { price: takeProfit, reference: takeProfit, filledAtMs: insideMs, occasion: openTimeMs, offeredQty }
    exitPosition(settling, { reason: 'take_profit', role: 'maker', ...terms })
  }
  endReduceOnly(settling)
}

const nobodyTraded = 'Nobody traded when it arrived, and it could not wait.'

interface Range {
  readonly high: Amount
  readonly low: Amount
}

/** A position that was opened between two candles, by a trade, has not seen the open. */
function isOpenedBy({ openedAtMs }: Holding, openMs: number): boolean {
  return openedAtMs !== null && openedAtMs <= openMs
}

/** A gap past the stop sells at the open. */
function stopAtOpen(settling: Settling, open: Amount, openMs: number): void {
  const position = positionOf(settling.account, settling.symbol)
  if (position === null || !isOpenedBy(position, openMs)) return
  const { stopLoss } = position
  if (stopLoss === null || open.greaterThan(stopLoss)) return
  const price = stopPrice(open, settling.settings, settling.rules)
  const terms = { price, reference: open, filledAtMs: openMs, occasion: openMs }
  exitPosition(settling, { reason: 'stop_loss', role: 'taker', ...terms })
}

/** What a falling price comes to: an order, or the stop of the position. */
interface OnTheWayDown {
  readonly at: Amount
  /** What it is, so that nothing is met twice. */
  readonly what: string | Holding
  meet(): void
}

/**
 * Lets the price fall from the high to the low, after trailing sells have taken the high. A stop above a resting buy
 * comes before it, a stop below it after it; at one price, stops come first.
 */
function fall(
  settling: Settling,
  eligible: () => readonly OpenOrder[],
  range: Range,
  inside: (price: Amount) => MetPrice,
  occasion: number,
): void {
  for (const open of eligible()) if (open.order.side === 'sell' && awaitsTrigger(open)) follow(settling, open, range)
  const met = new Set<string | Holding>()
  for (;;) {
    let next: OnTheWayDown | null = null
    const waiting = eligible()
    for (const open of waiting) next = higher(next, stopOnFall(settling, open, range.low, inside), met)
    next = higher(next, ownStop(settling, range, inside, occasion), met)
    for (const open of waiting) next = higher(next, buyOnFall(settling, open, range.low, inside), met)
    if (next === null) return
    met.add(next.what)
    next.meet()
  }
}

/** What the price comes to first of the two; of one price, the first. */
function higher(
  first: OnTheWayDown | null,
  second: OnTheWayDown | null,
  met: ReadonlySet<OnTheWayDown['what']>,
): OnTheWayDown | null {
  if (second === null || met.has(second.what)) return first
  return first === null || second.at.greaterThan(first.at) ? second : first
}

type Inside = (price: Amount) => MetPrice

function stopOnFall(settling: Settling, open: OpenOrder, low: Amount, inside: Inside): OnTheWayDown | null {
  if (open.order.side !== 'sell' || !awaitsTrigger(open) || !sellsOnFall(open)) return null
  const at = triggerPrice(open, settling)
  if (at === null || low.greaterThan(at)) return null
  return { at, what: open.order.orderId, meet: () => meetIfOpen(settling, open, inside(at)) }
}

/** The whole of a candle may lie below the stop of a position that was opened inside it: nobody paid the stop's price. */
function ownStop(settling: Settling, { high, low }: Range, inside: Inside, occasion: number): OnTheWayDown | null {
  const position = positionOf(settling.account, settling.symbol)
  const stop = position?.stopLoss ?? null
  if (position === null || stop === null || low.greaterThan(stop)) return null
  const at = smallerOf(stop, high)
  const price = stopPrice(at, settling.settings, settling.rules)
  const terms = { price, reference: at, filledAtMs: inside(at).atMs, occasion }
  return { at, what: position, meet: () => exitPosition(settling, { reason: 'stop_loss', role: 'taker', ...terms }) }
}

function buyOnFall(settling: Settling, open: OpenOrder, low: Amount, inside: Inside): OnTheWayDown | null {
  const { side, orderId } = open.order
  if (side !== 'buy') return null
  if (awaitsTrigger(open)) {
    const at = risesTo(open) ? null : stopOf(open.order)
    if (at === null || low.greaterThan(at)) return null
    return { at, what: orderId, meet: () => meetIfOpen(settling, open, inside(at)) }
  }
  const at = limitOf(open.order)
  if (at === null || !isThrough(side, low, at)) return null
  return { at, what: orderId, meet: () => meetIfOpen(settling, open, inside(low)) }
}

/** An order whose trigger lies above, or that turns upwards from the low, meets it inside the candle. */
function meetTrigger(settling: Settling, open: OpenOrder, range: Range, inside: Inside): void {
  const followed = follow(settling, open, range)
  const at = triggerPrice(followed, settling)
  if (at !== null && isReached(followed, range.high)) meetIfOpen(settling, followed, inside(at))
}

/** Base asset that buys have brought since an event of this settling, less fees taken from it. */
function boughtSince({ events, rules }: Settling, from: number): Amount {
  let bought = zero
  for (const event of events.slice(from)) {
    if (event.type !== 'order.filled' || event.payload.side !== 'buy') continue
    const { qtyBase, fee, feeAsset } = event.payload
    bought = bought.plus(amount(qtyBase)).minus(feeAsset === rules.base ? amount(fee) : zero)
  }
  return bought
}

function meetIfOpen(settling: Settling, order: OpenOrder, met: MetPrice): void {
  const open = stillOpen(settling, order)
  if (open !== null) meetPrice(settling, open, met)
}

/** Whether a waiting buy is triggered by a rise; whatever trails is. */
function risesTo(open: OpenOrder): boolean {
  return isTrailing(open) || triggersOnRise(open.order)
}

/** Stops, and whatever trails: a trailing sell of any type is triggered by a fall. */
function sellsOnFall(open: OpenOrder): boolean {
  return isTrailing(open) || !triggersOnRise(open.order)
}

/**
 * Lets a trailing order follow the candle: a sell takes the high before its low is tested (freqtrade #4105), a buy the
 * low before its high. One that begins to trail against its own direction begins at its stop price.
 */
function follow(settling: Settling, open: OpenOrder, { high, low }: Range): OpenOrder {
  if (!isTrailing(open)) return open
  const extreme = open.order.side === 'sell' ? high : low
  const stop = stopOf(open.order)
  if (open.best !== null || stop === null) return trail(settling, open, extreme)
  const rises = triggersOnRise(open.order)
  const isMet = rises ? high.greaterThanOrEqualTo(stop) : low.lessThanOrEqualTo(stop)
  if (!isMet) return open
  return trail(settling, open, rises === (open.order.side === 'sell') ? extreme : stop)
}

/** The trigger as it stands, on the tick: a trailing sell's is rounded down, a buy's up. */
function triggerPrice(open: OpenOrder, { rules }: Settling): Amount | null {
  if (!isTrailing(open)) return stopOf(open.order)
  const trigger = trailingStop(open)
  if (trigger === null) return null
  return open.order.side === 'sell' ? floorTo(rules.tickSize, trigger) : ceilTo(rules.tickSize, trigger)
}
