/**
 * The paper exchange: what the market makes happen to the orders and the position of a symbol. The rules are in
 * docs/paper-exchange.md. The same code settles live paper, replay and backtest; what differs is how much is known of
 * the inside of a candle: nothing, shorter candles, or its trades.
 */
import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { InsideCandle, MarketTick } from '@shared/contract/market-data'
import type { Fill } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import type { NameOf } from '../desk/identity'
import { type Account, ordersOf, positionOf } from './account'
import { createBookLiquidity } from './book-liquidity'
import { awaitsTrigger } from './open-order'
import { createRecordedTicks, type RecordedTicks } from './recorded-ticks'
import { settleOneCandle } from './settle-candle'
import { createTickSettler, type TickSettler } from './settle-ticks'
import { beginSettling, expire, type Settling } from './settling'

export interface CandleSettlement {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** A closed candle of the symbol. */
  readonly candle: Candle
  /** What is known of its inside: it takes the place of the candle's own four prices. */
  readonly inside?: InsideCandle | undefined
  /** What the ticks of earlier candles have left; without it, each candle begins with nothing known. */
  readonly recorded?: RecordedTicks
  readonly settings: BrokerSettings
  readonly rules: SymbolRules
  readonly runId: string
  /** By their content where it is left out. */
  readonly nameOf?: NameOf | undefined
}

/**
 * What a closed candle makes happen. All events carry the candle's close as their time: that is when the desk learns of
 * them. `filledAtMs` is the open for fills at the open, the trade's time where trades are known, and the candle's last
 * millisecond for fills inside it, whose moment a candle does not tell.
 */
export function settleCandle(account: Account, settlement: CandleSettlement): readonly JournalEvent[] {
  return settledBy(account, settlement).events
}

/** The same with the account after its events, which a backtest would otherwise have to fold a second time. */
export function settledBy(account: Account, settlement: CandleSettlement): Pick<Settling, 'account' | 'events'> {
  const { symbol, runId, rules, settings, candle, timeframe, inside, recorded, nameOf } = settlement
  const closeMs = closeTimeMs(candle, timeframe)
  const span = { openMs: candle.openTimeMs, closeMs }
  if (!isConcerned(account, symbol)) {
    if (inside?.kind === 'ticks') recorded?.note(symbol, span, inside.ticks)
    return { account, events: [] }
  }
  const settling = beginSettling(account, { symbol, runId, rules, settings, nameOf, atMs: closeMs })
  switch (inside?.kind) {
    case 'ticks':
      ;(recorded ?? createRecordedTicks()).settle(settling, span, inside.ticks)
      // Books tell what can be taken, not what was traded: without trades, the candle says what was reached.
      if (!inside.isWhole) settleOneCandle(settling, candle, timeframe)
      break
    case 'candles':
      for (const shorter of inside.candles) settleOneCandle(settling, shorter, inside.timeframe)
      break
    default:
      settleOneCandle(settling, candle, timeframe)
  }
  expireOldEntries(settling, closeMs, timeframeMs[timeframe])
  return settling
}

/** Nothing can happen to a symbol of which nothing is held and nothing ordered. */
export function isConcerned(account: Account, symbol: MarketSymbol): boolean {
  if (positionOf(account, symbol) !== null) return true
  for (const { order } of account.openOrders.values()) if (order.symbol === symbol) return true
  return false
}

export interface TickSettlement {
  readonly settings: BrokerSettings
  readonly runId: string
  rulesOf(symbol: MarketSymbol): SymbolRules
}

/** Orders that work at the market already. */
function restedBefore(account: Account): readonly string[] {
  const open = [...account.openOrders.values()].filter((waiting) => !awaitsTrigger(waiting))
  return open.map(({ order }) => order.orderId)
}

/** What a live market tells between two closed candles; it keeps the books of all symbols. */
export interface TickExchange {
  settle(account: Account, tick: MarketTick): readonly JournalEvent[]
  /**
   * Tells of the account of a run that goes on, and of its journal: its orders have met the market before, and now rest;
   * what they took from the books of the last day stays taken.
   */
  resume(account: Account, history: readonly JournalEvent[]): void
}

export function createTickExchange({ settings, runId, rulesOf }: TickSettlement): TickExchange {
  const settlers = new Map<MarketSymbol, TickSettler>()
  let rested: readonly string[] = []
  let earlier: readonly Fill[] = []
  let isResumed = false

  return {
    settle(account, tick) {
      const { symbol } = tick.kind === 'trade' ? tick.trade : tick.book
      const atMs = tick.kind === 'trade' ? tick.trade.timeMs : tick.book.atMs
      const settler = settlers.get(symbol) ?? resumedTickSettler(symbol, atMs)
      settlers.set(symbol, settler)
      if (!isConcerned(account, symbol)) {
        settler.note(tick)
        return []
      }
      const settling = beginSettling(account, { symbol, runId, rules: rulesOf(symbol), settings, atMs })
      if (tick.kind === 'trade') settler.onTrade(settling, tick.trade)
      else settler.onBook(settling, tick.book)
      return settling.events
    },
    resume(account, history) {
      rested = restedBefore(account)
      earlier = fillsOfLastDay(history)
      isResumed = history.some(({ type }) => type === 'decision.made')
    },
  }

  /** `firstMs`: the first tick of the symbol. */
  function resumedTickSettler(symbol: MarketSymbol, firstMs: number): TickSettler {
    const liquidity = createBookLiquidity()
    liquidity.takenEarlier(earlier.filter((fill) => fill.symbol === symbol))
    const arrived = new Set(rested)
    return createTickSettler({ arrived, liquidity, ...(isResumed ? { blindUntilMs: firstMs + bookWaitMs } : {}) })
  }
}

/** How long after a restart the first book of a symbol is waited for, before a trade's price stands for it. */
const bookWaitMs = 60_000
const dayMs = 86_400_000

function fillsOfLastDay(history: readonly JournalEvent[]): readonly Fill[] {
  const lastMs = history.at(-1)?.atMs ?? 0
  return history.flatMap((event) =>
    event.type === 'order.filled' && event.payload.filledAtMs > lastMs - dayMs ? [event.payload] : [],
  )
}

/** Entries with a limit wait for as many candles as the settings allow. */
function expireOldEntries(settling: Settling, closeMs: number, stepMs: number): void {
  const { entryCandles } = settling.settings
  for (const open of ordersOf(settling.account, settling.symbol)) {
    const { reason, type, side, placedAtMs } = open.order
    if (reason !== 'decision' || side !== 'buy' || type !== 'limit') continue
    // What was placed a moment after a close has seen the candle after it all the same.
    if (Math.ceil((closeMs - placedAtMs) / stepMs) < entryCandles) continue
    expire(settling, open, `The entry's limit was not reached within ${entryCandles} candles.`)
  }
}
