import type { MarketContext } from '@shared/contract/context'
import type { RunSpec } from '@shared/contract/journal'
import { route } from '@shared/rules/routing'
import { type GatewayAnswer, heldUnasked } from '../gateway/answer'
import type { DecidedCandle } from './trading-floor'

/** Whether the market has gone on for longer since the candle's close than the trader's settings allow. */
export function isLate(
  { ageMs, lengthMs }: Pick<DecidedCandle, 'ageMs' | 'lengthMs'>,
  allowedCandles: number,
): boolean {
  return ageMs > allowedCandles * lengthMs
}

/**
 * What a candle is answered with that was missed while the desk was away or heard nothing of the market; null where it
 * is in time, and a model must be asked. A late one is too old to act on: no model's time is spent on it, and the desk is
 * soon with the market again. What it makes happen to open orders and positions happens all the same.
 */
export function heldIfLate(
  context: MarketContext,
  candle: DecidedCandle | null,
  { settings, modelPreference }: Pick<RunSpec, 'settings' | 'modelPreference'>,
): GatewayAnswer | null {
  const limit = settings.risk.staleAfterCandles
  if (candle === null || !isLate(candle, limit)) return null
  const { slot, reason } = route(context, settings.routing, modelPreference)
  const detail = `The candle closed more than ${limit} ${limit === 1 ? 'candle length' : 'candle lengths'} before its turn.`
  const hops = [{ servedBy: 'none', outcome: 'late', detail }] as const
  const { seed } = settings.inference
  const held = heldUnasked(`${detail} No model was asked, so the desk holds.`, hops, { seed, temperature: 0 })
  return { ...held, routedTo: slot, routeReason: reason, exitSource: 'rule', latencyMs: 0 }
}
