import type { JournalEvent } from '@shared/contract/journal'
import { riskSettingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amount } from '../../../src-main/engine/risk/amounts'
import { rememberEquity } from '../../../src-main/engine/risk/protection-memory'
import { protectionEvents } from '../../../src-main/engine/risk/protections'
import { type ReviewRequest, reviewDecision } from '../../../src-main/engine/risk/review'
import { btcUsdt, decisionOf } from '../broker/paper-trade'
import { dayMs, dayStartMs, hourMs, idle, memoryOf, placed, type RiskOptions, sale, stopOut } from './risk-story'

const noon = dayStartMs + 12 * hourMs
const symbol = fc.constantFrom('BTC/USDT', 'ETH/USDT')
const profit = fc.integer({ min: -50, max: 20 }).map(String)

/** Anything that can have happened within the last two days, oldest first. */
const past = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 2 * dayMs }),
      fc.oneof(
        fc.record({ kind: fc.constant('stop' as const), profit, symbol }),
        fc.record({ kind: fc.constant('sale' as const), profit, symbol }),
        fc.record({ kind: fc.constant('order' as const), profit, symbol }),
      ),
    ),
    { maxLength: 30 },
  )
  .map((happened) =>
    happened
      .sort(([left], [right]) => right - left)
      .map(([agoMs, { kind, profit: won, symbol: of }]): JournalEvent => {
        const atMs = noon - agoMs
        if (kind === 'order') return placed(atMs)
        return kind === 'stop' ? stopOut(atMs, won, of) : sale(atMs, won, { symbol: of })
      }),
  )

/** Mostly loose, so that some entries pass; otherwise the given, tighter ones. */
function mostly<Value>(loose: Value, ...tight: Value[]) {
  return fc.oneof({ weight: 4 * tight.length, arbitrary: fc.constant(loose) }, fc.constantFrom(...tight))
}

/** Protections off, or as tight as they can be set. */
const settings: fc.Arbitrary<RiskOptions> = fc.record({
  maxPositionPct: mostly(1, 0, 0.02),
  maxTotalExposurePct: mostly(1, 0, 0.5),
  maxOrderNotional: mostly<string | null>(null, '0', '50'),
  maxOpenPositions: mostly(5, 1),
  maxDailyLossPct: mostly(1, 0, 0.05),
  maxDrawdownPct: mostly(1, 0, 0.1),
  minConfidence: mostly(0, 0.7, 1),
  minRiskReward: mostly<number | null>(null, 1, 100),
  stopLossGuard: fc.record({ stops: mostly<number | null>(null, 1, 3), scope: fc.constantFrom('desk', 'symbol') }),
  consecutiveLosses: fc.record({ losses: mostly<number | null>(null, 1, 2) }),
  cooldownMs: mostly(0, hourMs, 2 * dayMs),
  lowProfit: fc.record({ trades: mostly<number | null>(null, 1, 2), minRealized: fc.constantFrom(0, 100) }),
  orderRate: fc.record({ perMinute: mostly<number | null>(null, 1), perDay: mostly<number | null>(null, 1) }),
  sizing: fc.record({ method: fc.constantFrom('fixed_fraction', 'fixed_risk', 'volatility_target', 'kelly') }),
})

/** A held position, an account that has lost, and a feed that may be late. */
const moment = fc
  .record({
    options: settings,
    events: past,
    equity: fc.integer({ min: 1000, max: 12_000 }),
    ageMs: mostly(0, 10 * hourMs),
    deskState: mostly<ReviewRequest['deskState']>('active', 'reduce_only', 'halted'),
    confidence: fc.constantFrom(0.34, 0.9, 1),
  })
  .map(({ options, events, equity, ageMs, deskState, confidence }) => {
    const account = {
      ...idle,
      equity: amount(equity),
      freeCash: amount(equity - 800),
      positions: new Map([['BTC/USDT', { qtyBase: amount('0.02'), valueQuote: amount(800) }]]),
      day: { first: amount(10_000), lowest: amount(Math.min(equity, 10_000)) },
    }
    const parsed = riskSettingsSchema.parse(options)
    const memory = rememberEquity(memoryOf(events), amount(12_000))
    const candle = { symbol: 'BTC/USDT', lengthMs: hourMs, ageMs, feedProblem: null }
    const acts = protectionEvents(
      { account: { ...account, memory }, settings: parsed, atMs: noon, candle },
      { state: deskState, stateBy: 'user' },
      'run',
    )
    const review = (action: 'buy' | 'sell') =>
      reviewDecision({
        decision: decisionOf({
          action,
          price: 40_000,
          confidence,
          decidedAtMs: noon,
          stopLoss: '39000',
          takeProfit: '42000',
        }),
        account: { ...account, memory: memoryOf(acts, memory) },
        deskState,
        settings: parsed,
        rules: btcUsdt,
        entryPrice: amount(40_008),
        stopFill: (stop) => stop,
        takerFeeBps: 10,
      })
    return { acts, review, parsed, equity }
  })

test('whatever protections are in force and whatever the state: a sell closes the whole position', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(moment, ({ acts, review }) => {
      for (const act of acts) if (act.type === 'protection.acted') seen.add(act.payload.code)
      expect(review('sell')).toMatchObject({ ok: true, value: { kind: 'order', intent: { side: 'sell' } } })
    }),
    { numRuns: 400, seed: 1 },
  )
  expect([...seen].sort()).toEqual([
    'consecutive_losses',
    'cooldown',
    'daily_loss',
    'low_profit',
    'max_drawdown',
    'order_rate',
    'stale_data',
    'stop_loss_guard',
  ])
})

test('while a protection of the desk or of the symbol is in force, nothing is bought; and never above a limit', () => {
  const entries = { blocked: 0, placed: 0 }
  fc.assert(
    fc.property(moment, ({ acts, review, parsed, equity }) => {
      const bought = review('buy')
      const blocks = acts.some(
        (act) => act.type === 'protection.acted' && (act.payload.symbol ?? 'BTC/USDT') === 'BTC/USDT',
      )
      if (blocks) {
        entries.blocked += 1
        expect(bought.ok).toBe(false)
      }
      if (!bought.ok || bought.value.kind !== 'order') return
      entries.placed += 1
      const cost = bought.value.intent.qtyBase.toNumber() * 40_008
      const held = 800
      expect(cost).toBeLessThanOrEqual(equity - held)
      expect(cost + held).toBeLessThanOrEqual(equity * Math.min(parsed.maxPositionPct, parsed.maxTotalExposurePct))
      expect(cost).toBeLessThanOrEqual(Number(parsed.maxOrderNotional ?? cost))
    }),
    { numRuns: 2000, seed: 1 },
  )
  expect(entries.blocked).toBeGreaterThan(500)
  expect(entries.placed).toBeGreaterThan(50)
})
