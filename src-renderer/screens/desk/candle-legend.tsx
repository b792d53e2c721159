import type { Candle } from '@shared/contract/candle'
import { count, price } from '../../format/figures'
import { shortTime } from '../../format/times'
import type { Clock } from '../../store/desk-store'

interface Props {
  readonly candle: Candle
  readonly clock: Clock
  /** Fills inside this candle, in words. */
  readonly fills: readonly string[]
}

/** The figures of the candle under the pointer, or of the latest one. */
export function CandleLegend({ candle, clock, fills }: Props) {
  const { open, high, low, close, volume } = candle
  return (
    <p className="pointer-events-none absolute top-1.5 left-3 z-10 text-2xs text-soft">
      <span className="text-faint">{shortTime(candle.openTimeMs, clock)}</span>
      {[
        ['O', price(open)],
        ['H', price(high)],
        ['L', price(low)],
        ['C', price(close)],
        ['Vol', count(volume)],
      ].map(([name, text]) => (
        <span key={name} className="ml-2 whitespace-nowrap">
          <span className="text-faint">{name}</span> {text}
        </span>
      ))}
      {fills.map((text) => (
        <span key={text} className="ml-2 whitespace-nowrap text-accent">
          {text}
        </span>
      ))}
    </p>
  )
}
