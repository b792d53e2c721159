import { closeTimeMs } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import type { TradingFloor } from './trading-floor'

/**
 * Settles once more the candles that a continued run passes by: the exchange remembers of recorded trades and books what
 * the journal does not hold (what was taken from a book, who stands in the queue), and must remember the same as if the
 * run had never stopped. `history` is what the ledger holds of the run, oldest first; candles come in its order.
 */
export function settlePassedCandles<Account>(
  history: readonly JournalEvent[],
  floor: Pick<TradingFloor<Account>, 'openAccount' | 'fold' | 'settle'>,
): (update: MarketUpdate) => void {
  let account = floor.openAccount()
  let at = 0
  return (update) => {
    const { symbol, timeframe, candle } = update
    const closeMs = closeTimeMs(candle, timeframe)
    let made = at
    while (made < history.length && !isDecisionOn(history[made], symbol, candle.openTimeMs)) made += 1
    if (made === history.length) return
    const step = history.slice(at, made + 1)
    at = made + 1
    // What the trader did while the model was thinking stands before what the candle then made happen.
    const isSettled = (event: JournalEvent) => event.atMs === closeMs && isMadeByMarket(event, symbol)
    account = floor.fold(
      account,
      step.filter((event) => !isSettled(event)),
    )
    floor.settle(account, update)
    account = floor.fold(account, step.filter(isSettled))
  }
}

function isDecisionOn(event: JournalEvent | undefined, symbol: string, openMs: number): boolean {
  return event?.type === 'decision.made' && event.payload.symbol === symbol && event.payload.candleOpenMs === openMs
}

function isMadeByMarket(event: JournalEvent, symbol: string): boolean {
  switch (event.type) {
    // The exit of a position is ordered by the exchange itself, at its stop or take-profit.
    case 'order.accepted':
      return event.payload.symbol === symbol && ['stop_loss', 'take_profit'].includes(event.payload.reason)
    case 'order.filled':
    case 'order.triggered':
    case 'order.trailed':
      return event.payload.symbol === symbol
    case 'order.expired':
      return event.payload.symbol === symbol && event.payload.status !== 'cancelled'
    default:
      return false
  }
}
