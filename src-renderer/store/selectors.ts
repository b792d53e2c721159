import type { Candle, MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { DecisionRow } from './desk-picture'
import type { DeskScreenState } from './desk-store'

const noSymbols: readonly MarketSymbol[] = []
const noCandles: readonly Candle[] = []
const noRows: readonly DecisionRow[] = []
const noEvents: readonly JournalEvent[] = []
const defaultTimeframe: Timeframe = '1h'

export const selectSymbols = (state: DeskScreenState): readonly MarketSymbol[] =>
  state.picture?.snapshot.run?.spec.symbols ?? noSymbols

/** The chosen symbol while the run watches it, otherwise the run's first. */
export const selectSymbol = (state: DeskScreenState): MarketSymbol | null => {
  const symbols = selectSymbols(state)
  const chosen = state.chosenSymbol
  return chosen !== null && symbols.includes(chosen) ? chosen : (symbols[0] ?? null)
}

export const selectTimeframe = (state: DeskScreenState): Timeframe =>
  state.picture?.snapshot.run?.spec.timeframe ?? defaultTimeframe

export const candlesOf =
  (symbol: MarketSymbol | null) =>
  (state: DeskScreenState): readonly Candle[] =>
    symbol === null ? noCandles : (state.picture?.candles.get(symbol) ?? noCandles)

export const selectDecisions = (state: DeskScreenState): readonly DecisionRow[] => state.picture?.decisions ?? noRows

export const selectActivity = (state: DeskScreenState): readonly JournalEvent[] => state.picture?.activity ?? noEvents

export const selectDeskState = (state: DeskScreenState) => state.picture?.snapshot.state ?? null
