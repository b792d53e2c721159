import { basename } from 'node:path'
import type { MarketAnomaly } from '@shared/contract/candle'
import type { MarketTick } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import type { CandleFileProblemCode } from '../recording-text'
import { readTickFile, type TickRow, type TickRows } from './tick-file'

/** What a file tells of one span of time. */
export interface TicksWithin {
  readonly ticks: readonly MarketTick[]
  readonly anomalies: readonly MarketAnomaly[]
}

/** A file of trades or books that is read span by span, in rising order. */
export interface TickStream {
  /** Ticks of [fromMs, toMs), and what was odd since the span before; ticks between two spans are passed over. */
  within(fromMs: number, toMs: number): Promise<Outcome<TicksWithin, CandleFileProblemCode>>
  close(): Promise<void>
}

export function openTickStream(path: string, reader: TickRows): TickStream {
  const batches = readTickFile(path, reader)
  let rows: readonly TickRow[] = []
  let at = 0
  let isAtEnd = false
  /** What is wrong with rows before the first span is of no concern to this run. */
  let hasBegun = false

  return {
    async within(fromMs, toMs) {
      const ticks: MarketTick[] = []
      const anomalies: MarketAnomaly[] = []
      for (;;) {
        const row = rows[at]
        if (row === undefined) {
          if (isAtEnd) break
          const batch = await batches.next()
          isAtEnd = batch.done === true
          if (batch.done === true) break
          if (!batch.value.ok) return batch.value
          rows = batch.value.value
          at = 0
          continue
        }
        if (row.kind === 'tick' && timeOf(row.tick) >= toMs) break
        at += 1
        if (row.kind === 'bad_row') {
          anomalies.push({ kind: 'bad_row', line: row.line, reason: `${basename(path)}: ${row.reason}` })
        } else if (timeOf(row.tick) >= fromMs) {
          hasBegun = true
          ticks.push(row.tick)
        } else if (!hasBegun) {
          anomalies.length = 0
        }
      }
      hasBegun = true
      return success({ ticks, anomalies })
    },
    async close() {
      await batches.return(undefined)
    },
  }
}

export function timeOf(tick: MarketTick): number {
  return tick.kind === 'trade' ? tick.trade.timeMs : tick.book.atMs
}
