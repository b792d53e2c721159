import type { Outcome } from '@shared/contract/outcome'
import type { WallClock } from './market/clock'
import { openReplayVenue } from './market/replay-venue'
import type { MarketProblemCode, Venue } from './market/venue'
import type { RunRequest } from './runs'

/** The market of a run. ccxt is slow to load and only loaded where it is needed. */
export async function openVenue(request: RunRequest, clock: WallClock): Promise<Outcome<Venue, MarketProblemCode>> {
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
      })
    case 'binance': {
      const { openBinanceVenue } = await import('./market/binance-venue')
      return openBinanceVenue({ symbols, timeframe, fromMs, toMs, clock, random: Math.random })
    }
  }
}
