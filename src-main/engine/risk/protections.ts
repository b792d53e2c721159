import type { MarketSymbol } from '@shared/contract/candle'
import type { DeskState, JournalEvent } from '@shared/contract/journal'
import type { ActiveProtection, ProtectionCode } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import { isLate } from '../desk/late-candle'
import type { DecidedCandle, DeskStanding } from '../desk/trading-floor'
import { type Amount, amount, amountText, percentText, zero } from './amounts'
import { tellDuration, utcText } from './duration-words'
import { activeProtections, actKey, isInForce, type ProtectionMemory, rememberEvent } from './protection-memory'
import type { RiskView } from './risk-view'
import { lossesInARow, lostStops, tradesSinceAct } from './trade-counts'

export interface ProtectionFacts {
  readonly account: RiskView
  readonly settings: RiskSettings
  /** The market's clock. */
  readonly atMs: number
  /** What is decided on, and how fresh it is; null where the market is recorded, and always fresh. */
  readonly candle: DecidedCandle | null
}

/** An act that would begin now, before the journal has it. */
type NewAct = Omit<ActiveProtection, 'sinceMs'>

type Rule = (facts: ProtectionFacts) => NewAct[]

/** Protections of the whole desk that show as its state: while one is in force, the desk only reduces positions. */
const stateCodes: ReadonlySet<ProtectionCode> = new Set([
  'daily_loss',
  'max_drawdown',
  'stop_loss_guard',
  'consecutive_losses',
])

const dayMs = 86_400_000
const minuteMs = 60_000

/**
 * The protections that begin to hold entries back now, or end early. A rule counts only what happened after its last
 * act, so that a lock that ran out does not begin anew over the same losses.
 */
export function beginningActs(facts: ProtectionFacts): readonly NewAct[] {
  const { memory } = facts.account
  const acts: NewAct[] = []
  for (const rule of rules) {
    for (const act of rule(facts)) {
      const known = memory.acts.get(actKey(act.code, act.symbol))
      const ends = act.untilMs !== null && act.untilMs <= facts.atMs
      const inForce = known !== undefined && isInForce(known, facts.atMs)
      if (inForce === ends) acts.push(act)
    }
  }
  return acts
}

/** What the journal is told of protections at this step: acts, and the state of the desk that follows from them. */
export function protectionEvents(facts: ProtectionFacts, desk: DeskStanding, runId: string): readonly JournalEvent[] {
  const { state, stateBy } = desk
  const { atMs } = facts
  const events: JournalEvent[] = beginningActs(facts).map((act) => ({
    type: 'protection.acted',
    atMs,
    payload: { runId, ...act },
  }))
  const memory = events.reduce(rememberEvent, facts.account.memory)
  const reducing = activeProtections(memory, atMs).find(({ code, symbol }) => symbol === null && stateCodes.has(code))
  const become = (next: DeskState, reason: string) =>
    events.push({ type: 'desk.state', atMs, payload: { runId, state: next, reason, by: 'risk' } })
  if (state === 'active' && reducing !== undefined) become('reduce_only', `${reducing.reason} ${endWords(reducing)}`)
  if (state === 'reduce_only' && stateBy === 'risk' && reducing === undefined) {
    become('active', 'The protection has ended: entries are allowed again.')
  }
  return events
}

/** "Entries resume at 2021-05-20T00:00:00Z.", or when the trader resumes. */
export function endWords({ untilMs }: Pick<ActiveProtection, 'untilMs'>): string {
  return untilMs === null ? 'Entries wait until the desk is resumed.' : `Entries resume at ${utcText(untilMs)}.`
}

/**
 * The equity at or below which a protection would act; zero where none would. A loop over candles needs to look at
 * `beginningActs` only below it, or after an order or a fill.
 */
export function actingEquity({ day, memory }: RiskView, settings: RiskSettings): Amount {
  const ofDay = day === null ? zero : day.first.times(amount(1).minus(amount(settings.maxDailyLossPct)))
  const { peakEquity } = memory
  const ofPeak = peakEquity === null ? zero : peakEquity.times(amount(1).minus(amount(settings.maxDrawdownPct)))
  return ofDay.greaterThan(ofPeak) ? ofDay : ofPeak
}

/**
 * Whether what was counted, trades and orders, may let a protection begin now; false is certain. For a loop over candles
 * that looks at equity by itself (`actingEquity`).
 */
export function countsMayAct(memory: ProtectionMemory, settings: RiskSettings, atMs: number): boolean {
  const { stopLossGuard, consecutiveLosses: inARow, cooldownMs, lowProfit: low } = settings
  const countsTrades = stopLossGuard.stops !== null || inARow.losses !== null || cooldownMs > 0 || low.trades !== null
  return countsTrades || rates.some((rate) => fullUntilMs(memory, settings, rate, atMs) !== null)
}

/** Once reached, the day's loss limit holds for the rest of the UTC day, also when equity recovers. */
const dailyLoss: Rule = ({ account: { day, quoteAsset }, settings, atMs }) => {
  if (day === null) return []
  const loss = day.first.minus(day.lowest)
  const allowed = day.first.times(amount(settings.maxDailyLossPct))
  if (!loss.greaterThan(zero) || loss.lessThan(allowed)) return []
  const untilMs = atMs - (atMs % dayMs) + dayMs
  const reason =
    `Equity has fallen by ${amountText(loss)} ${quoteAsset} today, and the limit is ` +
    `${percentText(settings.maxDailyLossPct)} of ${amountText(day.first)}.`
  return [{ code: 'daily_loss', symbol: null, reason, untilMs, counters: { loss: loss.toNumber() } }]
}

const maxDrawdown: Rule = ({ account, settings, atMs }) => {
  const { equity, quoteAsset } = account
  const peak = account.memory.peakEquity
  if (peak === null || !peak.greaterThan(zero)) return []
  const fall = peak.minus(equity)
  if (!fall.greaterThan(zero) || fall.lessThan(peak.times(amount(settings.maxDrawdownPct)))) return []
  const reason =
    `Equity of ${amountText(equity)} ${quoteAsset} is ${percentText(settings.maxDrawdownPct)} or more below its peak ` +
    `of ${amountText(peak)}.`
  const untilMs = settings.drawdownLockMs === null ? null : atMs + settings.drawdownLockMs
  return [{ code: 'max_drawdown', symbol: null, reason, untilMs, counters: { drawdown: figure(fall.div(peak)) } }]
}

const stopLossGuard: Rule = ({ account, settings, atMs }) => {
  const { stops, windowMs, lockMs } = settings.stopLossGuard
  if (stops === null) return []
  return lostStops(account.memory, settings.stopLossGuard, atMs)
    .filter((counted) => counted.stops >= stops)
    .map(({ symbol, stops: counted }) => {
      const whose = symbol === null ? '' : ` of ${symbol}`
      const reason = `${counted} stops${whose} have lost within ${tellDuration(windowMs)}; ${stops} are the limit.`
      const counters = { stops: counted, allowed: stops }
      return { code: 'stop_loss_guard', symbol, reason, untilMs: atMs + lockMs, counters }
    })
}

const consecutiveLosses: Rule = ({ account, settings, atMs }) => {
  const { losses, lockMs } = settings.consecutiveLosses
  if (losses === null) return []
  const counted = lossesInARow(account.memory)
  if (counted < losses) return []
  const reason = `The last ${counted} trades have all lost; ${losses} in a row are the limit.`
  const counters = { losses: counted, allowed: losses }
  return [{ code: 'consecutive_losses', symbol: null, reason, untilMs: atMs + lockMs, counters }]
}

const cooldown: Rule = ({ account, settings, atMs }) => {
  const { cooldownMs } = settings
  if (cooldownMs === 0) return []
  const closed = new Map<MarketSymbol, number>()
  for (const { symbol, atMs: closedAtMs } of account.memory.trades.values()) closed.set(symbol, closedAtMs)
  return [...closed].flatMap(([symbol, closedAtMs]) => {
    const untilMs = closedAtMs + cooldownMs
    const rested = account.memory.acts.get(actKey('cooldown', symbol))
    if (untilMs <= atMs || (rested !== undefined && closedAtMs <= rested.sinceMs)) return []
    const reason = `${symbol} was closed at ${utcText(closedAtMs)} and rests for ${tellDuration(cooldownMs)}.`
    return [{ code: 'cooldown', symbol, reason, untilMs, counters: { cooldownMs } }]
  })
}

const lowProfit: Rule = ({ account, settings, atMs }) => {
  const { trades: wanted, windowMs, minRealized, lockMs } = settings.lowProfit
  if (wanted === null) return []
  const bySymbol = Map.groupBy(
    account.memory.trades.values().filter((trade) => trade.atMs > atMs - windowMs),
    ({ symbol }) => symbol,
  )
  return [...bySymbol].flatMap(([symbol, trades]) => {
    const last = tradesSinceAct(account.memory, 'low_profit', symbol, trades).slice(-wanted)
    const realized = last.reduce((sum, trade) => sum.plus(trade.realized), zero)
    if (last.length < wanted || !realized.lessThan(amount(minRealized))) return []
    const reason =
      `The last ${wanted} trades of ${symbol} realised ${amountText(realized)} ${account.quoteAsset} together, less ` +
      `than ${amountText(amount(minRealized))}.`
    const counters = { trades: wanted, realized: realized.toNumber() }
    return [{ code: 'low_profit', symbol, reason, untilMs: atMs + lockMs, counters }]
  })
}

const rates = [
  { limit: 'perMinute', windowMs: minuteMs, name: 'minute' },
  { limit: 'perDay', windowMs: dayMs, name: 'day' },
] as const

type Rate = (typeof rates)[number]

/** When one more order fits the rate again; null where one fits now. */
function fullUntilMs(
  { orderTimesMs }: ProtectionMemory,
  { orderRate: allowed }: RiskSettings,
  { limit, windowMs }: Rate,
  atMs: number,
): number | null {
  const most = allowed[limit]
  // The oldest of as many orders as are allowed: while it is inside the window, no further one fits.
  const oldestMs = most === null ? undefined : orderTimesMs.fromNewest(most - 1)
  return oldestMs === undefined || oldestMs + windowMs <= atMs ? null : oldestMs + windowMs
}

/** Holds entries back until one more order fits the rate again. */
const orderRate: Rule = ({ account: { memory }, settings, atMs }) => {
  return rates.flatMap((rate) => {
    const allowed = settings.orderRate[rate.limit]
    const untilMs = fullUntilMs(memory, settings, rate, atMs)
    if (allowed === null || untilMs === null) return []
    const orders = memory.orderTimesMs.values().filter((timeMs) => timeMs + rate.windowMs > atMs).length
    const reason = `${orders} orders were placed within a ${rate.name}; ${allowed} are the limit.`
    return [{ code: 'order_rate', symbol: null, reason, untilMs, counters: { orders, allowed } }]
  })
}

/** Ends as soon as the symbol's candles come in time again. */
const staleData: Rule = ({ account, settings, atMs, candle }) => {
  if (candle === null) return []
  const { symbol, ageMs, feedProblem } = candle
  const allowedMs = settings.staleAfterCandles * candle.lengthMs
  const late = isLate(candle, settings.staleAfterCandles)
  if (late || feedProblem !== null) {
    const reason = late
      ? `The candle of ${symbol} closed ${tellDuration(ageMs)} before it was decided on; ${tellDuration(allowedMs)} are the limit.`
      : `The feed is not sound: ${feedProblem}`
    return [{ code: 'stale_data', symbol, reason, untilMs: null, counters: { ageMs } }]
  }
  const known = account.memory.acts.get(actKey('stale_data', symbol))
  if (known === undefined || !isInForce(known, atMs)) return []
  const reason = `The candles of ${symbol} come in time again.`
  return [{ code: 'stale_data', symbol, reason, untilMs: atMs, counters: { ageMs } }]
}

const rules: readonly Rule[] = [
  dailyLoss,
  maxDrawdown,
  stopLossGuard,
  consecutiveLosses,
  cooldown,
  lowProfit,
  orderRate,
  staleData,
]

const shareDigits = 6

function figure(share: Amount): number {
  return share.toDecimalPlaces(shareDigits).toNumber()
}
