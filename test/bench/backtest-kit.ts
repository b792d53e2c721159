import type { CandleColumns } from '../../src-main/engine/context/candle-columns'
export async function backtestKit(
  _c: CandleColumns,
  _dir: string | undefined,
): Promise<{ candlesPerSecond: number } | null> {
  return null
}
