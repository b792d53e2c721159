import type { LimitUse } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import { type Amount, amount, zero } from './amounts'
import type { RiskView } from './risk-view'
import { type LostStops, lossesInARow, lostStops } from './trade-counts'

const shareDigits = 6
const dayMs = 86_400_000
const minuteMs = 60_000

/** How much of each limit is used now, in the order in which a trader thinks of them. */
export function limitUses(account: RiskView, settings: RiskSettings, atMs: number): LimitUse[] {
  const { equity, positions, day, memory } = account
  const { peakEquity, orderTimesMs } = memory
  const { stopLossGuard, consecutiveLosses, orderRate } = settings
  const largest = [...positions.values()].reduce((most, { valueQuote }) => larger(most, valueQuote), zero)
  const mostStops = lostStops(memory, stopLossGuard, atMs).reduce<LostStops>(
    (most, counted) => (counted.stops > most.stops ? counted : most),
    { symbol: null, stops: 0 },
  )
  const ordersWithin = (windowMs: number) => orderTimesMs.values().filter((timeMs) => timeMs + windowMs > atMs).length
  const shareOf = (code: string, used: number, limit: number): LimitUse => ({
    code,
    symbol: null,
    unit: 'share',
    windowMs: null,
    used,
    limit,
  })
  const countOf = (code: string, used: number, limit: number | null, windowMs: number | null): LimitUse => ({
    code,
    symbol: null,
    unit: 'count',
    windowMs,
    used,
    limit,
  })
  const dayLoss = day === null ? 0 : share(day.first.minus(day.lowest), day.first)
  const drawdown = peakEquity === null ? 0 : share(peakEquity.minus(equity), peakEquity)
  return [
    shareOf('max_position', share(largest, equity), settings.maxPositionPct),
    shareOf('max_total_exposure', share(exposureOf(account), equity), settings.maxTotalExposurePct),
    countOf('max_open_positions', openOrPending(account).size, settings.maxOpenPositions, null),
    shareOf('daily_loss', dayLoss, settings.maxDailyLossPct),
    shareOf('max_drawdown', drawdown, settings.maxDrawdownPct),
    {
      ...countOf('stop_loss_guard', mostStops.stops, stopLossGuard.stops, stopLossGuard.windowMs),
      symbol: mostStops.symbol,
    },
    countOf('consecutive_losses', lossesInARow(memory), consecutiveLosses.losses, null),
    countOf('order_rate', ordersWithin(minuteMs), orderRate.perMinute, minuteMs),
    countOf('order_rate', ordersWithin(dayMs), orderRate.perDay, dayMs),
  ]
}

/** Value of all positions and of the cash that pending entries have reserved. */
export function exposureOf({ positions, reservedCash }: RiskView): Amount {
  return [...positions.values()].reduce((sum, { valueQuote }) => sum.plus(valueQuote), reservedCash)
}

/** Symbols that are held or about to be. */
export function openOrPending({ positions, pendingOrders }: RiskView): ReadonlySet<string> {
  const entries = pendingOrders.filter((order) => order.side === 'buy').map((order) => order.symbol)
  return new Set([...positions.keys(), ...entries])
}

function share(part: Amount, whole: Amount): number {
  if (!whole.greaterThan(zero) || !part.greaterThan(zero)) return 0
  return part.div(whole).toDecimalPlaces(shareDigits).toNumber()
}

function larger(left: Amount, right: Amount): Amount {
  return left.greaterThan(right) ? left : right
}

/** What may still be bought before all positions together reach their limit; never below zero. */
export function roomBelowExposure(account: RiskView, maxTotalExposurePct: number): Amount {
  const room = account.equity.times(amount(maxTotalExposurePct)).minus(exposureOf(account))
  return room.isNegative() ? zero : room
}
