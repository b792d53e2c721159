import type { BookLevel, OrderBook, Trade } from '@shared/contract/market-data'
import type { Fill, Side } from '@shared/contract/order'
import { type Amount, amount, largerOf, smallerOf, zero } from '../risk/amounts'
import { isThrough, type Offer } from './meet-price'

/**
 * An order book less what our own orders have already taken from it. The recorded or live book does not know of paper
 * orders, so that without this the same quantity could be bought again and again.
 */
export interface BookLiquidity {
  /**
   * Replaces the book; one without any level says that it is not known any longer. What was taken at a level counts as long
   * as that level stands, and never for more than it has.
   */
  update(book: OrderBook): void
  /** A trade takes what it met, and proves that nothing better is left; a book that is newer knows of it already. */
  traded(trade: Trade): void
  /** What faces a taker of this side, best first. */
  offers(takerSide: Side): readonly Offer[]
  take(takerSide: Side, offer: Offer): void
  /**
   * Fills of before a restart, of which nobody knows any more what became of the levels that gave them: they all count as
   * still standing. Takers took at their price; a maker may have been given the levels beyond its limit.
   */
  takenEarlier(fills: readonly Fill[]): void
  /**
   * Quantity that rests at a price on a maker's own side: what stands before a new limit order there. Null where the book
   * is not known as deep as that.
   */
  restingAt(makerSide: Side, price: Amount): Amount | null
  readonly known: boolean
  /** The book is too old to tell anything: none is known until the next. */
  forget(): void
  /** The same book and what was taken from it, that go their own way from here. */
  copy(): BookLiquidity
}

interface KnownLiquidity {
  readonly book: OrderBook | null
  readonly taken: { readonly buy: Map<string, Amount>; readonly sell: Map<string, Amount> }
}

const nothingKnown = (): KnownLiquidity => ({ book: null, taken: { buy: new Map(), sell: new Map() } })

export function createBookLiquidity({ book: known, taken }: KnownLiquidity = nothingKnown()): BookLiquidity {
  let book = known
  /** Fills that maybe took from levels of the next book. */
  let unplaced: readonly Fill[] = []

  function levelsFacing(takerSide: Side): readonly BookLevel[] {
    if (book === null) return []
    return takerSide === 'buy' ? book.asks : book.bids
  }

  function forgetGone(takerSide: Side): void {
    const standing = new Map(levelsFacing(takerSide).map(([price, qty]) => [amount(price).toFixed(), amount(qty)]))
    for (const [price, qty] of taken[takerSide]) {
      const left = standing.get(price)
      if (left === undefined) taken[takerSide].delete(price)
      else taken[takerSide].set(price, smallerOf(qty, left))
    }
  }

  function offersFor(takerSide: Side): readonly Offer[] {
    return levelsFacing(takerSide).flatMap(([levelPrice, levelQty]) => {
      const price = amount(levelPrice)
      const qtyBase = largerOf(zero, amount(levelQty).minus(taken[takerSide].get(price.toFixed()) ?? zero))
      return qtyBase.isZero() ? [] : [{ price, qtyBase }]
    })
  }

  function take(takerSide: Side, { price, qtyBase }: Offer): void {
    const key = price.toFixed()
    taken[takerSide].set(key, (taken[takerSide].get(key) ?? zero).plus(qtyBase))
  }

  /** The best levels beyond the limit of each fill gave it what it got. */
  function placeEarlier(): void {
    for (const { side, priceQuote, qtyBase } of unplaced) {
      let left = amount(qtyBase)
      for (const offer of offersFor(side)) {
        if (!isThrough(side, offer.price, amount(priceQuote))) break
        const given = smallerOf(left, offer.qtyBase)
        take(side, { price: offer.price, qtyBase: given })
        left = left.minus(given)
      }
    }
    unplaced = []
  }

  return {
    update(next) {
      book = next.bids.length + next.asks.length === 0 ? null : next
      if (taken.buy.size > 0) forgetGone('buy')
      if (taken.sell.size > 0) forgetGone('sell')
      if (unplaced.length > 0) placeEarlier()
    },
    traded({ price, qtyBase, aggressor, timeMs }) {
      if (book === null || book.atMs >= timeMs) return
      const isSale = aggressor === 'sell'
      const left = (isSale ? book.bids : book.asks).flatMap(([levelPrice, levelQty]): BookLevel[] => {
        if (levelPrice !== price)
          return (isSale ? levelPrice < price : levelPrice > price) ? [[levelPrice, levelQty]] : []
        const rest = amount(levelQty).minus(amount(qtyBase))
        return rest.greaterThan(zero) ? [[levelPrice, rest.toNumber()]] : []
      })
      book = isSale ? { ...book, bids: left } : { ...book, asks: left }
    },
    offers: offersFor,
    take,
    takenEarlier(fills) {
      for (const { side, priceQuote, qtyBase, role } of fills) {
        if (role === 'taker') take(side, { price: amount(priceQuote), qtyBase: amount(qtyBase) })
      }
      unplaced = fills.filter(({ role }) => role === 'maker')
    },
    restingAt(makerSide, price) {
      const own = (makerSide === 'buy' ? book?.bids : book?.asks) ?? []
      const level = own.find(([levelPrice]) => price.equals(amount(levelPrice)))
      if (level !== undefined) return amount(level[1])
      const deepest = own.at(-1)
      return deepest === undefined || isThrough(makerSide, price, amount(deepest[0])) ? null : zero
    },
    get known() {
      return book !== null
    },
    forget() {
      book = null
      taken.buy.clear()
      taken.sell.clear()
    },
    copy: () => createBookLiquidity({ book, taken: { buy: new Map(taken.buy), sell: new Map(taken.sell) } }),
  }
}
