import { type Candle, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type Amount, amount, ceilTo, floorTo } from '../risk/amounts'
import { ordersOf, positionOf } from './account'
import { stopPrice } from './fill-model'
import { type MetPrice, meetPrice } from './meet-price'
import {
  awaitsTrigger,
  isReached,
  isTrailing,
  type OpenOrder,
  stopOf,
  trailingStop,
  triggersOnRise,
} from './open-order'
import { exitPosition, exitsOf } from './position-exits'
import { endReduceOnly, expire, type Settling, stillOpen, trail } from './settling'

/**
 * What one candle does to the orders and the position of its symbol. A candle tells four prices and not their order,
 * so that inside it the worse is assumed wherever it leaves a choice:
 *
 * 1. At the open: market orders fill, gaps past a trigger trigger, resting limits that the open went through fill.
 * 2. Inside, entries first: buys fill at their limit or trigger.
 * 3. Then stops, the highest first, also of a position opened in (1) or (2).
 * 4. Then what sells higher: limits and take-profits; not those of a position opened in (2).
 *
 * In a candle without volume nobody traded: nothing fills, orders wait, and those that cannot wait end. An order that is
 * younger than the candle's open has not seen it.
 */
export function settleOneCandle(settling: Settling, candle: Candle, timeframe: Timeframe): void {
  const stepMs = timeframeMs[timeframe]
  const closeMs = candle.openTimeMs + stepMs
  const isEligible = ({ order }: OpenOrder) => order.placedAtMs <= candle.openTimeMs
  const eligible = () => ordersOf(settling.account, settling.symbol).filter(isEligible)
  if (candle.volume === 0) {
    for (const open of eligible()) {
      if (open.order.timeInForce === 'IOC' || open.order.timeInForce === 'FOK') expire(settling, open, nobodyTraded)
    }
    return
  }
  const open = amount(candle.open)
  const high = amount(candle.high)
  const low = amount(candle.low)
  const insideMs = closeMs - 1
  const inside = (price: Amount): MetPrice => ({ price, atMs: insideMs, isArriving: false })

  for (const waiting of eligible()) {
    const order = stillOpen(settling, waiting)
    if (order === null) continue
    // What was placed since the candle before is new to the exchange; anything older has rested.
    const isArriving = order.order.placedAtMs > candle.openTimeMs - stepMs
    meetPrice(settling, order, { price: open, atMs: candle.openTimeMs, isArriving })
  }
  stopAtOpen(settling, open, candle.openTimeMs)

  const heldAtOpen = positionOf(settling.account, settling.symbol) !== null
  // Of a buying OCO the stop comes first as well: it buys at the higher price.
  const buying = eligible().filter(({ order }) => order.side === 'buy')
  for (const waiting of [...buying.filter(awaitsTrigger), ...buying.filter((open) => !awaitsTrigger(open))]) {
    const order = stillOpen(settling, waiting)
    if (order !== null) meetInside(settling, order, { high, low }, inside)
  }
  const selling = eligible().filter(({ order }) => order.side === 'sell')
  meetStops(settling, eligible, { high, low }, inside, candle)
  for (const before of selling) {
    const order = stillOpen(settling, before)
    // A stop-limit that was triggered in here rests only now: the candle's high may have come before.
    if (order !== null && awaitsTrigger(order) === awaitsTrigger(before)) {
      meetInside(settling, order, { high, low }, inside)
    }
  }
  const { takeProfit } = exitsOf(settling)
  if (heldAtOpen && takeProfit !== null && high.greaterThan(takeProfit)) {
    const terms = { price: takeProfit, reference: takeProfit, filledAtMs: insideMs, occasion: candle.openTimeMs }
    exitPosition(settling, { reason: 'take_profit', role: 'maker', ...terms })
  }
  endReduceOnly(settling)
}

const nobodyTraded = 'Nobody traded when it arrived, and it could not wait.'

interface Range {
  readonly high: Amount
  readonly low: Amount
}

/** A gap past the stop sells at the open. */
function stopAtOpen(settling: Settling, open: Amount, openMs: number): void {
  const { stopLoss } = exitsOf(settling)
  if (stopLoss === null || open.greaterThan(stopLoss)) return
  const price = stopPrice(open, settling.settings, settling.rules)
  exitPosition(settling, {
    reason: 'stop_loss',
    role: 'taker',
    price,
    reference: open,
    filledAtMs: openMs,
    occasion: openMs,
  })
}

/** Stops of resting orders and of the position in the order in which a falling price meets them. */
function meetStops(
  settling: Settling,
  eligible: () => readonly OpenOrder[],
  range: Range,
  inside: (price: Amount) => MetPrice,
  candle: Candle,
): void {
  const { stopLoss } = exitsOf(settling)
  const falling = eligible()
    .filter((open) => open.order.side === 'sell' && awaitsTrigger(open) && sellsOnFall(open))
    .map((open) => follow(settling, open, range))
    .map((open) => ({ open, at: triggerPrice(open, settling) }))
    .filter(({ at }) => at !== null && range.low.lessThanOrEqualTo(at))
    .sort((left, right) => (right.at ?? range.low).comparedTo(left.at ?? range.low))
  const isBefore = (at: Amount | null) => at !== null && (stopLoss === null || at.greaterThanOrEqualTo(stopLoss))
  for (const { open, at } of falling) if (at !== null && isBefore(at)) meetIfOpen(settling, open, inside(at))
  if (stopLoss !== null && range.low.lessThanOrEqualTo(stopLoss)) {
    const { settings, rules } = settling
    const terms = {
      price: stopPrice(stopLoss, settings, rules),
      reference: stopLoss,
      filledAtMs: inside(stopLoss).atMs,
    }
    exitPosition(settling, { reason: 'stop_loss', role: 'taker', ...terms, occasion: candle.openTimeMs })
  }
  for (const { open, at } of falling) if (at !== null && !isBefore(at)) meetIfOpen(settling, open, inside(at))
}

/** Buys, and sells that wait for a higher price. Stops were met before. */
function meetInside(settling: Settling, open: OpenOrder, range: Range, inside: (price: Amount) => MetPrice): void {
  const isBuy = open.order.side === 'buy'
  if (!awaitsTrigger(open)) {
    meetPrice(settling, open, inside(isBuy ? range.low : range.high))
    return
  }
  if (!isBuy && sellsOnFall(open)) return
  const followed = follow(settling, open, range)
  const at = triggerPrice(followed, settling)
  const rises = isTrailing(open) || triggersOnRise(open.order)
  if (at !== null && isReached(followed, rises ? range.high : range.low)) meetPrice(settling, followed, inside(at))
}

function meetIfOpen(settling: Settling, order: OpenOrder, met: MetPrice): void {
  const open = stillOpen(settling, order)
  if (open !== null) meetPrice(settling, open, met)
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
