import type { MarketTick, OrderBook, Trade } from '@shared/contract/market-data'
import { type Amount, amount, largerOf, smallerOf, zero } from '../risk/amounts'
import { floorToLot } from '../risk/sizing'
import { ordersOf } from './account'
import { type BookLiquidity, createBookLiquidity } from './book-liquidity'
import { stopPrice } from './fill-model'
import { isThrough, type MetPrice, meetPrice } from './meet-price'
import { awaitsTrigger, isReached, limitOf, type OpenOrder } from './open-order'
import { exitPosition, exitsOf, isOwnExit } from './position-exits'
import { endReduceOnly, type Settling, stillOpen, trail, trigger } from './settling'

/**
 * What trades and order books do to the orders and the position of one symbol. It remembers what the journal does not
 * hold: the book, what was taken from it, and who stood in the queue before us. After a restart the queue is taken to
 * be whole again, and all that was lately taken to be taken still, which is the worse for us; who takes waits for a book.
 */
export interface TickSettler {
  onTrade(settling: Settling, trade: Trade): void
  onBook(settling: Settling, book: OrderBook): void
  /** Takes what happens to a symbol that the account has no part in. */
  note(tick: MarketTick): void
  /** The orders that came to the market before this moment have met it, whether or not anything was told of it then. */
  noteRested(settling: Settling, beforeMs: number): void
  /** The book is too old to be taken from. */
  forgetBook(): void
  /** What is remembered, going its own way from here. */
  copy(): TickSettler
}

interface TickMemory {
  readonly liquidity: BookLiquidity
  /** Orders that have met the market before: what crosses now did not cross on arrival. */
  readonly arrived: Set<string>
  /** What stands before an order at its price; null as long as the book is not known so deep. */
  readonly queueAhead: Map<string, Amount | null>
  /** After a restart: until then nothing is taken as long as no book is told. */
  readonly blindUntilMs: number
}

/** Without a memory, nothing is known. */
export function createTickSettler({
  liquidity = createBookLiquidity(),
  arrived = new Set(),
  queueAhead = new Map(),
  blindUntilMs = Number.NEGATIVE_INFINITY,
}: Partial<TickMemory> = {}): TickSettler {
  let blindEndsMs = blindUntilMs
  /** The stop of the position was reached by a trade, and waits for a book to sell into. */
  let stopWaits = false

  function eligible(settling: Settling, atMs: number): readonly OpenOrder[] {
    const { account, symbol, settings } = settling
    return ordersOf(account, symbol).filter(
      (open) => open.order.placedAtMs + settings.latencyMs <= atMs && !isOwnExit(open),
    )
  }

  function met(price: Amount, atMs: number, open: OpenOrder): MetPrice {
    const isArriving = !arrived.has(open.order.orderId)
    if (!liquidity.known) return { price, atMs, isArriving }
    return { price, atMs, isArriving, offers: liquidity.offers, taken: liquidity.take }
  }

  /** Once it has met the market, an order rests, behind what the book shows at its price. */
  function noteArrival(settling: Settling, open: OpenOrder): void {
    const resting = stillOpen(settling, open)
    if (resting === null || awaitsTrigger(resting)) return
    if (arrived.has(open.order.orderId)) return
    arrived.add(open.order.orderId)
    joinQueue(settling, open)
  }

  function joinQueue({ settings }: Settling, { order }: OpenOrder): void {
    const limit = limitOf(order)
    if (limit === null || !settings.queueAhead || !liquidity.known) return
    const resting = liquidity.restingAt(order.side, limit)
    const ahead = queueAhead.get(order.orderId) ?? null
    queueAhead.set(order.orderId, ahead === null || resting === null ? (resting ?? ahead) : smallerOf(ahead, resting))
  }

  function forgetEnded(settling: Settling): void {
    for (const orderId of arrived) {
      if (settling.account.openOrders.has(orderId)) continue
      arrived.delete(orderId)
      queueAhead.delete(orderId)
    }
  }

  /**
   * What a resting order gets of a trade: a seller's trade fills resting buys, a buyer's resting sells. Strictly through
   * the limit it fills; at the limit only once the queue before it is gone. `left` is what the trade still has to give.
   */
  function givenBy(settling: Settling, trade: Trade, left: { qty: Amount }) {
    const price = amount(trade.price)
    return (open: OpenOrder, limit: Amount): Amount => {
      if (trade.aggressor === open.order.side) return zero
      const given = floorToLot(smallerOf(left.qty, open.leavesQty), settling.rules)
      if (isThrough(open.order.side, price, limit)) return given
      const ahead = queueAhead.get(open.order.orderId)
      if (ahead === undefined || ahead === null || !price.equals(limit)) return zero
      const rest = largerOf(zero, left.qty.minus(ahead))
      queueAhead.set(open.order.orderId, largerOf(zero, ahead.minus(left.qty)))
      return floorToLot(smallerOf(rest, open.leavesQty), settling.rules)
    }
  }

  /** Whoever takes must wait for the book; a trigger is reached all the same. */
  function waitForBook(settling: Settling, open: OpenOrder, price: Amount): void {
    if (!awaitsTrigger(open)) return
    if (isReached(open, price)) trigger(settling, open, price)
    else trail(settling, open, price)
  }

  function rests(open: OpenOrder): boolean {
    return arrived.has(open.order.orderId) && limitOf(open.order) !== null && !awaitsTrigger(open)
  }

  function sellAtStop(settling: Settling, price: Amount, atMs: number, occasion: number): void {
    const { settings, rules } = settling
    const intoBook = (selling: Settling, open: OpenOrder) => meetPrice(selling, open, met(price, atMs, open))
    stopWaits = false
    exitPosition(settling, {
      ...{ reason: 'stop_loss', role: 'taker', filledAtMs: atMs, occasion, reference: price },
      price: stopPrice(price, settings, rules),
      ...(liquidity.known ? { sellInto: intoBook } : {}),
    })
  }

  /** `left`: what of the trade our own resting orders were not given. */
  function exitAt(settling: Settling, trade: Trade, left: Amount): void {
    const { stopLoss, takeProfit } = exitsOf(settling)
    const price = amount(trade.price)
    const occasion = { filledAtMs: trade.timeMs, occasion: trade.tradeId }
    stopWaits = stopLoss !== null && (stopWaits || price.lessThanOrEqualTo(stopLoss))
    if (stopWaits) {
      if (trade.timeMs >= blindEndsMs) sellAtStop(settling, price, trade.timeMs, trade.tradeId)
    } else if (takeProfit !== null && trade.aggressor === 'buy' && price.greaterThan(takeProfit)) {
      const terms = { price: takeProfit, reference: takeProfit, offeredQty: left }
      exitPosition(settling, { reason: 'take_profit', role: 'maker', ...terms, ...occasion })
    }
  }

  return {
    onTrade(settling, trade) {
      liquidity.traded(trade)
      const price = amount(trade.price)
      const left = { qty: amount(trade.qtyBase) }
      const given = givenBy(settling, trade, left)
      for (const waiting of eligible(settling, trade.timeMs)) {
        const open = stillOpen(settling, waiting)
        if (open === null) continue
        if (trade.timeMs < blindEndsMs && !rests(open)) {
          waitForBook(settling, open, price)
          continue
        }
        const before = open.leavesQty
        meetPrice(settling, open, { ...met(price, trade.timeMs, open), given })
        const after = stillOpen(settling, open)?.leavesQty ?? zero
        // What one resting order was given is gone for the next; a taker did not take it from this trade.
        if (arrived.has(open.order.orderId)) left.qty = largerOf(zero, left.qty.minus(before.minus(after)))
        noteArrival(settling, open)
      }
      exitAt(settling, trade, left.qty)
      endReduceOnly(settling)
      forgetEnded(settling)
    },

    note(tick) {
      if (tick.kind === 'trade') liquidity.traded(tick.trade)
      else {
        liquidity.update(tick.book)
        blindEndsMs = Number.NEGATIVE_INFINITY
      }
    },
    forgetBook: liquidity.forget,
    copy: () =>
      createTickSettler({
        liquidity: liquidity.copy(),
        arrived: new Set(arrived),
        queueAhead: new Map(queueAhead),
        blindUntilMs: blindEndsMs,
      }),

    noteRested(settling, beforeMs) {
      const { account, symbol, settings } = settling
      for (const open of ordersOf(account, symbol)) {
        const { orderId, placedAtMs } = open.order
        if (!awaitsTrigger(open) && placedAtMs + settings.latencyMs < beforeMs) arrived.add(orderId)
      }
    },

    onBook(settling, book) {
      liquidity.update(book)
      blindEndsMs = Number.NEGATIVE_INFINITY
      for (const orderId of arrived) {
        const open = settling.account.openOrders.get(orderId)
        if (open !== undefined) joinQueue(settling, open)
      }
      for (const waiting of eligible(settling, book.atMs)) {
        const open = stillOpen(settling, waiting)
        // Triggers are reached by trades alone.
        if (open === null || awaitsTrigger(open)) continue
        const { side } = open.order
        const best = liquidity.offers(side)[0]
        if (best === undefined) continue
        meetPrice(settling, open, {
          ...met(best.price, book.atMs, open),
          given: (resting, limit) => givenByBook(settling, liquidity, resting, limit),
        })
        noteArrival(settling, open)
      }
      const bid = liquidity.offers('sell')[0]
      if (stopWaits && bid !== undefined) sellAtStop(settling, bid.price, book.atMs, book.atMs)
      endReduceOnly(settling)
      forgetEnded(settling)
    },
  }
}

/** A book that has come to stand beyond a resting limit fills it, at the limit, as far as its levels reach. */
function givenByBook(settling: Settling, liquidity: BookLiquidity, open: OpenOrder, limit: Amount): Amount {
  const { side } = open.order
  let given = zero
  for (const offer of liquidity.offers(side)) {
    if (!isThrough(side, offer.price, limit) || !given.lessThan(open.leavesQty)) break
    const qtyBase = smallerOf(offer.qtyBase, open.leavesQty.minus(given))
    liquidity.take(side, { price: offer.price, qtyBase })
    given = given.plus(qtyBase)
  }
  return floorToLot(given, settling.rules)
}
