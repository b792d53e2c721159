import { type Candle, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type MadeTrade, madeTrades, tradeCount } from './candle-path'
import { joinedKline, type Kline, klineOfTrades, recordedKline } from './kline'
import type { RecordedSeries } from './recording'
import { seedOf } from './seeded-figure'
import { decimalsOf } from './wire-figure'

/**
 * Everything that the market of one pair shows at a moment, out of its recording. A moment shows what lies strictly
 * before it: trades earlier than `nowMs`, candles closed by `nowMs`, and the one that these trades have begun.
 */
export interface PairMarket {
  readonly pair: string
  /** Decimals that the recorded prices are written with. */
  readonly priceDecimals: number
  /** The recorded time, [firstMs, endMs). */
  readonly firstMs: number
  readonly endMs: number
  /** Candles that open in [fromMs, toMs], oldest first, the open one included; at most `limit`, from the end named. */
  klines(timeframe: Timeframe, window: KlineWindow, nowMs: number): readonly Kline[]
  /** The finest recorded candle that holds the moment; null in a gap. */
  candleAt(timeMs: number): Kline | null
  /** Trades in [fromMs, toMs), oldest first. */
  trades(fromMs: number, toMs: number): readonly MadeTrade[]
  /** Trades with this id and later ones, before `nowMs`, at most `limit`. */
  tradesFrom(id: number, limit: number, nowMs: number): readonly MadeTrade[]
  /** The last trades before `nowMs`, oldest first, at most `limit`. */
  lastTrades(limit: number, nowMs: number): readonly MadeTrade[]
  /** Puts a candle of the finest recording right: from now on it is shown as if it had always been so. */
  correct(candle: Candle): boolean
}

export interface KlineWindow {
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly limit: number
}

interface Slot {
  readonly stepMs: number
  candle: Candle
  firstTradeId: number
}

/** Candles whose trades are kept: those that are being traded, and one page of a reader. */
const keptPaths = 64

/** `all` is what is recorded of the one pair, in any lengths. */
export function createPairMarket(pair: string, all: readonly RecordedSeries[], seed: number): PairMarket {
  const finestFirst = [...all].sort((a, b) => timeframeMs[a.timeframe] - timeframeMs[b.timeframe])
  const slots = finestSlots(finestFirst)
  const priceDecimals = Math.max(...slots.slice(0, 500).map(({ candle }) => candleDecimals(candle)))
  const corrected = new Map<number, Candle>()
  const paths = new Map<Slot, readonly MadeTrade[]>()
  const joined = new Map<Timeframe, readonly Kline[]>()
  const pairSeed = (seed ^ seedOf(pair)) >>> 0
  numberTrades(slots)

  function path(slot: Slot): readonly MadeTrade[] {
    const known = paths.get(slot)
    if (known !== undefined) return known
    const { candle, stepMs, firstTradeId } = slot
    const made = madeTrades(candle, { stepMs, seed: pairSeed, firstTradeId, priceDecimals })
    const oldest = paths.keys().next()
    if (paths.size >= keptPaths && oldest.done !== true) paths.delete(oldest.value)
    paths.set(slot, made)
    return made
  }

  /** The last slot that opens at or before the moment. */
  function slotIndexAt(timeMs: number): number {
    return lastIndex(slots, (slot) => slot.candle.openTimeMs <= timeMs)
  }

  function tradesBetween(fromMs: number, toMs: number): readonly MadeTrade[] {
    const found: MadeTrade[] = []
    for (let index = Math.max(0, slotIndexAt(fromMs)); index < slots.length; index++) {
      const slot = slots[index]
      if (slot === undefined || slot.candle.openTimeMs >= toMs) break
      for (const trade of path(slot)) if (trade.timeMs >= fromMs && trade.timeMs < toMs) found.push(trade)
    }
    return found
  }

  /** All candles of one length that can be had, as they are once closed; recorded ones before joined ones. */
  function series(timeframe: Timeframe): readonly Kline[] {
    const known = joined.get(timeframe)
    if (known !== undefined) return known
    const stepMs = timeframeMs[timeframe]
    const byOpen = new Map<number, Kline>()
    for (const [openMs, parts] of slotsByInterval(slots, stepMs)) {
      const kline = joinedKline(openMs, stepMs, parts.map(slotKline))
      if (kline !== null) byOpen.set(openMs, kline)
    }
    for (const recorded of finestFirst) {
      if (recorded.timeframe !== timeframe) continue
      for (const candle of recorded.candles) {
        const made = byOpen.get(candle.openTimeMs)
        const shown = corrected.get(candle.openTimeMs)
        // A correction of a finer candle shows in every longer one: there, what was recorded no longer holds.
        if (made !== undefined && (shown !== undefined || holdsCorrection(candle.openTimeMs, stepMs))) continue
        const trades = made?.trades ?? tradeCount(candle, stepMs)
        byOpen.set(candle.openTimeMs, recordedKline(candle, stepMs, trades, made?.firstTradeId ?? 0))
      }
    }
    const all = [...byOpen.values()].sort((a, b) => a.openTimeMs - b.openTimeMs)
    joined.set(timeframe, all)
    return all
  }

  function holdsCorrection(openMs: number, stepMs: number): boolean {
    for (const atMs of corrected.keys()) if (atMs >= openMs && atMs < openMs + stepMs) return true
    return false
  }

  /** The candle of this length that has begun and not closed; null where nothing of it is to be seen. */
  function openKline(timeframe: Timeframe, nowMs: number): Kline | null {
    const stepMs = timeframeMs[timeframe]
    const openMs = Math.floor(nowMs / stepMs) * stepMs
    if (openMs === nowMs) return null
    const parts: Kline[] = []
    for (let index = slotIndexAt(nowMs - 1); index >= 0; index--) {
      const slot = slots[index]
      if (slot === undefined || slot.candle.openTimeMs < openMs || slot.stepMs > stepMs) break
      const isClosed = slot.candle.openTimeMs + slot.stepMs <= nowMs
      parts.unshift(isClosed ? slotKline(slot) : begun(slot, nowMs))
    }
    return joinedKline(openMs, stepMs, parts)
  }

  function begun(slot: Slot, nowMs: number): Kline {
    const sofar = path(slot).filter((trade) => trade.timeMs < nowMs)
    return klineOfTrades(slot.candle, slot.stepMs, sofar, slot.firstTradeId)
  }

  return {
    pair,
    priceDecimals,
    firstMs: slots[0]?.candle.openTimeMs ?? 0,
    endMs: endOf(slots.at(-1)),
    klines(timeframe, { fromMs, toMs, limit }, nowMs) {
      const closed = series(timeframe)
      const stepMs = timeframeMs[timeframe]
      const untilMs = Math.min(toMs ?? Number.POSITIVE_INFINITY, nowMs - stepMs)
      const first = fromMs === null ? 0 : lastIndex(closed, (kline) => kline.openTimeMs < fromMs) + 1
      const end = lastIndex(closed, (kline) => kline.openTimeMs <= untilMs) + 1
      const open = openKline(timeframe, nowMs)
      const showsOpen =
        open !== null && open.openTimeMs >= (fromMs ?? 0) && open.openTimeMs <= (toMs ?? Number.POSITIVE_INFINITY)
      if (fromMs !== null) {
        const page = closed.slice(first, Math.min(Math.max(first, end), first + limit))
        return showsOpen && page.length < limit ? [...page, open] : page
      }
      const closedLimit = showsOpen ? limit - 1 : limit
      const page = closed.slice(Math.max(first, end - closedLimit), Math.max(first, end))
      return showsOpen ? [...page, open] : page
    },
    candleAt(timeMs) {
      const slot = slots[slotIndexAt(timeMs)]
      return slot === undefined || timeMs >= endOf(slot) ? null : slotKline(slot)
    },
    trades: tradesBetween,
    tradesFrom(id, limit, nowMs) {
      const found: MadeTrade[] = []
      for (let index = lastIndex(slots, (slot) => slot.firstTradeId <= id); found.length < limit; index++) {
        const slot = slots[Math.max(0, index)]
        if (slot === undefined || slot.candle.openTimeMs >= nowMs) break
        found.push(...path(slot).filter((trade) => trade.id >= id && trade.timeMs < nowMs))
      }
      return found.slice(0, limit)
    },
    lastTrades(limit, nowMs) {
      const found: (readonly MadeTrade[])[] = []
      let count = 0
      for (let index = slotIndexAt(nowMs - 1); index >= 0 && count < limit; index--) {
        const slot = slots[index]
        if (slot === undefined) break
        const visible = path(slot).filter((trade) => trade.timeMs < nowMs)
        found.unshift(visible)
        count += visible.length
      }
      return found.flat().slice(-limit)
    },
    correct(candle) {
      const slot = slots[slotIndexAt(candle.openTimeMs)]
      if (slot === undefined || slot.candle.openTimeMs !== candle.openTimeMs) return false
      slot.candle = candle
      corrected.set(candle.openTimeMs, candle)
      paths.delete(slot)
      joined.clear()
      return true
    },
  }
}

/** The finest candles recorded for each time: coarser ones only where no finer recording reaches. */
function finestSlots(finestFirst: readonly RecordedSeries[]): Slot[] {
  const reaches: { fromMs: number; toMs: number }[] = []
  const slots: Slot[] = []
  for (const { timeframe, candles } of finestFirst) {
    const stepMs = timeframeMs[timeframe]
    for (const candle of candles) {
      const endMs = candle.openTimeMs + stepMs
      const isFree = reaches.every((reach) => endMs <= reach.fromMs || candle.openTimeMs >= reach.toMs)
      if (isFree) slots.push({ candle, stepMs, firstTradeId: 0 })
    }
    const first = candles[0]
    const last = candles.at(-1)
    if (first !== undefined && last !== undefined) {
      reaches.push({ fromMs: first.openTimeMs, toMs: last.openTimeMs + stepMs })
    }
  }
  return slots.sort((a, b) => a.candle.openTimeMs - b.candle.openTimeMs)
}

function numberTrades(slots: readonly Slot[]): void {
  let nextId = 1
  for (const slot of slots) {
    slot.firstTradeId = nextId
    nextId += tradeCount(slot.candle, slot.stepMs)
  }
}

function slotsByInterval(slots: readonly Slot[], stepMs: number): Map<number, Slot[]> {
  const intervals = new Map<number, Slot[]>()
  for (const slot of slots) {
    if (slot.stepMs > stepMs) continue
    const openMs = Math.floor(slot.candle.openTimeMs / stepMs) * stepMs
    const parts = intervals.get(openMs)
    if (parts === undefined) intervals.set(openMs, [slot])
    else parts.push(slot)
  }
  return intervals
}

function slotKline({ candle, stepMs, firstTradeId }: Slot): Kline {
  return recordedKline(candle, stepMs, tradeCount(candle, stepMs), firstTradeId)
}

function endOf(slot: Slot | undefined): number {
  return slot === undefined ? 0 : slot.candle.openTimeMs + slot.stepMs
}

function candleDecimals({ open, high, low, close }: Candle): number {
  return Math.max(...[open, high, low, close].map(decimalsOf))
}

/** Index of the last of the leading items that pass, -1 without one; the items that pass come first. */
function lastIndex<Item>(items: readonly Item[], passes: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && passes(item)) low = middle + 1
    else high = middle
  }
  return low - 1
}
