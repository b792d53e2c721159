import { type MarketSymbol, symbolParts, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { contextNews, newsWindowMs } from '../../context/news-sentiment'
import type { DeskNews } from '../../desk/news-reading'
import type { CandleHistory } from './candle-chunks'

/**
 * Puts the sentiment of headlines in the place of that of prices, at every candle at whose close a headline speaks of
 * the symbol: what the desk's step would have told. Candles far from any headline cost nothing.
 */
export function newsFigures(
  news: DeskNews,
  symbol: MarketSymbol,
  timeframe: Timeframe,
): NonNullable<CandleHistory['refine']> {
  const { base } = symbolParts(symbol)
  const candleMs = timeframeMs[timeframe]
  const windowMs = newsWindowMs(news.settings)
  return async ({ candles: { openTimeMs }, count }, { sentiment }) => {
    const firstMs = (openTimeMs[0] ?? 0) + candleMs
    const lastMs = (openTimeMs[count - 1] ?? 0) + candleMs
    const headlines = await news.known(firstMs - windowMs, lastMs)
    // Headlines from `oldest` up to `next` count at a candle; both only move on.
    let oldest = 0
    let next = 0
    for (let at = 0; at < count && oldest < headlines.length; at += 1) {
      const atMs = (openTimeMs[at] ?? 0) + candleMs
      while (next < headlines.length && (headlines[next]?.knownAtMs ?? 0) <= atMs) next += 1
      while (oldest < next && (headlines[oldest]?.knownAtMs ?? 0) <= atMs - windowMs) oldest += 1
      if (oldest === next) continue
      const said = contextNews(headlines.slice(oldest, next), base, atMs, news.settings).sentiment
      if (said !== null) sentiment[at] = said.value
    }
  }
}
