import type { JournalEvent } from '@shared/contract/journal'
import type { OrderTicket } from '@shared/contract/order'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Venue } from '../market/venue'
import type { DeskMemory } from './desk-memory'
import type { TradingFloor } from './trading-floor'

type Events = readonly JournalEvent[]

/**
 * What an order that the trader wrote down makes happen: the exchange's answer, or nothing where the same ticket came
 * before. A failure never reached the exchange.
 */
export function ordersByHand<Account>(
  memory: DeskMemory<Account>,
  ticket: OrderTicket,
  { venue, floor, atMs }: { venue: Pick<Venue, 'symbols'>; floor: TradingFloor<Account>; atMs: number },
): Outcome<Events> {
  const { symbol, side } = ticket
  if (memory.finished) {
    return failure('run_finished', 'The recorded market has ended: no candle will come that could fill an order.')
  }
  if (!venue.symbols.includes(symbol)) {
    return failure('unknown_symbol', `${symbol} is not watched. This desk watches ${venue.symbols.join(', ')}.`)
  }
  if (!floor.isPriced(memory.account, symbol)) {
    return failure('price_unknown', `No candle of ${symbol} has closed yet. Place the order after the first one.`)
  }
  if (side === 'buy' && memory.state !== 'active') {
    return failure('entries_blocked', `The desk opens nothing now: ${memory.stateReason} Sells still work.`)
  }
  return success(floor.place(memory.account, ticket, atMs))
}
