import type { ClosedTrade, TradingRecord } from '../../../../src-main/engine/analysis/report/trading-record'

export const dayMs = 86_400_000
export const startMs = Date.UTC(2024, 0, 1)

/** A record of so many days with nothing in it, changed by what a test cares about. */
export function handMadeRecord(change: Partial<TradingRecord> = {}, days = 30): TradingRecord {
  const atMs = Array.from({ length: days + 1 }, (_, day) => startMs + day * dayMs)
  return {
    version: 1,
    title: 'by hand',
    origin: 'backtest',
    runId: null,
    finished: true,
    policy: 'rules',
    symbols: ['BTC/USDT'],
    timeframe: '1d',
    fromMs: startMs,
    toMs: startMs + days * dayMs,
    quoteAsset: 'USDT',
    equityStart: '1000',
    equityEnd: '1000',
    feesPaid: '0',
    slippagePaid: '0',
    turnover: '0',
    candles: days,
    curve: { atMs, equity: atMs.map(() => 1000), exposure: atMs.map(() => 0) },
    drawdown: { depth: 0, peakAtMs: null, troughAtMs: null, recoveredAtMs: null, longestUnderwaterMs: 0 },
    exposure: { timeShare: 0, mean: 0 },
    trades: [],
    openPositions: [],
    refusals: [],
    protections: [],
    decisions: { total: days, byAction: { buy: 0, sell: 0, hold: days }, unanswered: 0 },
    models: [],
    calibration: [],
    benchmarks: [{ symbol: 'BTC/USDT', closes: atMs.map(() => 100) }],
    bars: [],
    anomalies: 0,
    assumptions: {
      fills: 'candles',
      insideCandles: null,
      takerFeeBps: 0,
      makerFeeBps: 0,
      halfSpreadBps: 0,
      slippageBps: 0,
      notes: [],
    },
    seed: 7,
    dataHash: null,
    ...change,
  }
}

/** A trade of `profit` on a cost of 100, held over whole days. */
export function handMadeTrade(profit: number, entryDay: number, exitDay = entryDay + 1): ClosedTrade {
  return {
    symbol: 'BTC/USDT',
    entryAtMs: startMs + entryDay * dayMs,
    exitAtMs: startMs + exitDay * dayMs,
    entryPriceQuote: '100',
    exitPriceQuote: String(100 + profit),
    qtyBase: '1',
    costQuote: '100',
    proceedsQuote: String(100 + profit),
    feesQuote: '0',
    slippageQuote: '0',
    realizedQuote: String(profit),
    equityAtEntryQuote: '1000',
    exitReason: 'decision',
    holdingCandles: exitDay - entryDay,
    stopLoss: null,
    takeProfit: null,
    maxAdverse: null,
    maxFavourable: null,
    confidence: 0.8,
    calibratedConfidence: null,
    routedTo: 'deepseek',
    model: null,
  }
}

/** Daily bars of these closes. */
export function handMadeBars(closes: readonly number[]): TradingRecord['bars'][number] {
  const prices = { open: [...closes], high: [...closes], low: [...closes], close: [...closes] }
  return {
    symbol: 'BTC/USDT',
    barMs: dayMs,
    source: 'closes',
    openMs: closes.map((_, day) => startMs + day * dayMs),
    ...prices,
  }
}
