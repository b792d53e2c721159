import { type Amount, zero } from '../risk/amounts'

/** Value traded per UTC day, in the quote asset, oldest first; days further back than a fee tier looks are gone. */
export type TradedVolume = readonly { readonly startMs: number; readonly quote: Amount }[]

const dayMs = 86_400_000
/** Binance's fee tiers look at the last 30 days. */
const tierDays = 30

export function volumeAfter(traded: TradedVolume, atMs: number, notional: Amount): TradedVolume {
  const startMs = atMs - (atMs % dayMs)
  const last = traded.at(-1)
  if (last !== undefined && last.startMs === startMs) {
    return traded.with(-1, { startMs, quote: last.quote.plus(notional) })
  }
  return [...traded.filter((day) => day.startMs > startMs - tierDays * dayMs), { startMs, quote: notional }]
}

/** What was traded in the 30 days up to this moment. */
export function recentVolume(traded: TradedVolume, atMs: number): Amount {
  const startMs = atMs - (atMs % dayMs)
  return traded
    .filter((day) => day.startMs > startMs - tierDays * dayMs)
    .reduce((sum, day) => sum.plus(day.quote), zero)
}
