import type { MarketContext } from '@shared/contract/context'
import { createContextBuilder } from '../../src-main/engine/context/context-builder'
import { systemClock } from '../../src-main/engine/market/clock'
import { openReplayVenue } from '../../src-main/engine/market/replay-venue'
import { sampleDataDir, sampleStretches } from '../../src-main/engine/market/sample'
import type { BenchPlaces } from './benchmark'

const stretch = sampleStretches.crash

/** What the models would be told at every candle of the stretch, without a position. */
export async function recordedContexts(places: Pick<BenchPlaces, 'resourcesDir'>): Promise<MarketContext[]> {
  const dir = sampleDataDir(places.resourcesDir)
  const venue = await openReplayVenue({ dir, ...stretch, speed: 'max', clock: systemClock })
  if (!venue.ok) throw new Error(venue.problem.message)
  const builders = new Map(
    venue.value.symbols.map((symbol) => {
      const builder = createContextBuilder({ symbol, timeframe: stretch.timeframe })
      builder.warm(venue.value.warmUp(symbol))
      return [symbol, builder]
    }),
  )
  const flat = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }
  const contexts: MarketContext[] = []
  for await (const { symbol, candle } of venue.value.updates(new AbortController().signal)) {
    const builder = builders.get(symbol)
    builder?.observe(candle)
    if (builder !== undefined) contexts.push(builder.contextFor(flat))
  }
  await venue.value.close()
  return contexts
}
