import type { Outcome, Problem } from '@shared/contract/outcome'
import { inMemoryStore, openCandleStore } from './market/candle-store/candle-store'
import type { WallClock } from './market/clock'
import { openReplayVenue } from './market/replay-venue'
import type { MarketProblemCode, Venue } from './market/venue'
import type { RunRequest } from './runs'

/** The market of a run; `tell` hears when a live feed turns bad, and null when it is sound again, `linksChanged` when its connections do. ccxt is slow to load and only loaded where it is needed. */
export async function openVenue(
  request: RunRequest,
  clock: WallClock,
  dataDir: string,
  tell: (problem: Problem | null) => void,
  linksChanged: () => void,
): Promise<Outcome<Venue, MarketProblemCode>> {
  const { venue, symbols, timeframe, fromMs, toMs } = request
  switch (venue) {
    case 'replay':
      return openReplayVenue({
        dir: request.candlesDir,
        symbols,
        timeframe,
        fromMs,
        toMs,
        speed: request.speed,
        clock,
        inside: request.inside ?? true,
        fills: request.fills ?? 'candles',
      })
    case 'binance':
      return openLive(request, clock, dataDir, tell, linksChanged)
  }
}

async function openLive(
  { symbols, timeframe, fromMs, toMs, exchangeUrl }: RunRequest,
  clock: WallClock,
  dataDir: string,
  tell: (problem: Problem | null) => void,
  linksChanged: () => void,
): Promise<Outcome<Venue, MarketProblemCode>> {
  const { openBinanceVenue } = await import('./market/binance-venue')
  const opened = openCandleStore(dataDir, clock.nowMs())
  // Without its cache the market costs more requests, and nothing else.
  if (!opened.ok) tell(opened.problem)
  const store = opened.ok ? opened.value : inMemoryStore()
  const address = exchangeUrl === undefined ? {} : { baseUrl: exchangeUrl }
  const live = await openBinanceVenue({
    symbols,
    timeframe,
    fromMs,
    toMs,
    clock,
    store,
    tell,
    linksChanged,
    random: Math.random,
    ...address,
  })
  if (!live.ok) {
    store.close()
    return live
  }
  const close = async (): Promise<void> => {
    await live.value.close()
    store.close()
  }
  return { ok: true, value: { ...live.value, close } }
}
