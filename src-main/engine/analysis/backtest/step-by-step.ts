import { closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import type { Settings } from '@shared/contract/settings'
import type { Account } from '../../broker/account'
import { paperFloor } from '../../broker/paper-floor'
import { candleAt } from '../../context/candle-columns'
import { type ContextBuilder, createContextBuilder } from '../../context/context-builder'
import { recordDecision } from '../../desk/decision'
import { contentId } from '../../desk/identity'
import { type DeskStanding, standingAfter } from '../../desk/trading-floor'
import type { CandleChunk } from './candle-chunks'
import type { PlainPolicy } from './policy'

export interface StepByStepOptions {
  readonly runId: string
  readonly timeframe: Timeframe
  readonly settings: Settings
  readonly policy: PlainPolicy
  readonly warmUps: ReadonlyMap<MarketSymbol, CandleChunk>
  rulesOf(symbol: MarketSymbol): SymbolRules
}

/**
 * The desk's step on every candle, without shortcuts and without a journal: what the fast way is compared with. Feed it
 * updates in the order of (close time, symbol).
 */
export function openStepByStep(options: StepByStepOptions) {
  const { runId, timeframe, settings, policy } = options
  const floor = paperFloor({ runId, timeframe, settings, rulesOf: options.rulesOf })
  const builders = new Map<MarketSymbol, ContextBuilder>()
  for (const [symbol, { candles, count }] of options.warmUps) {
    const builder = createContextBuilder({ symbol, timeframe })
    for (let at = 0; at < count; at++) builder.observe(candleAt(candles, at))
    builders.set(symbol, builder)
  }
  let account: Account = floor.openAccount()
  let standing: DeskStanding = { state: 'active', stateBy: 'user' }

  /** What the desk would journal of this candle. */
  function step(update: MarketUpdate): readonly JournalEvent[] {
    const { symbol, candle } = update
    const atMs = closeTimeMs(candle, timeframe)
    const builder = builders.get(symbol) ?? createContextBuilder({ symbol, timeframe })
    builders.set(symbol, builder)
    builder.observe(candle)
    const settled = floor.settle(account, update)
    const settledAccount = floor.fold(account, settled)
    const context = builder.contextFor(floor.view(settledAccount, symbol, candle.close, atMs))
    const answer = policy.answer(context)
    const decision = recordDecision({
      decisionId: contentId('decision', runId, symbol, timeframe, candle.openTimeMs),
      runId,
      context,
      answer,
      exits: floor.exits(answer.action, context, answer.askedExits),
      calibrate: () => null,
    })
    const made = { type: 'decision.made', atMs, payload: decision } satisfies JournalEvent
    const decided = floor.fold(settledAccount, [made])
    const guarded = floor.protect(decided, standing, atMs, null)
    standing = standingAfter(standing, guarded)
    const protectedAccount = floor.fold(decided, guarded)
    const traded = floor.trade(protectedAccount, decision, standing.state, atMs)
    account = floor.fold(protectedAccount, traded)
    return [...settled, made, ...guarded, ...traded]
  }

  return { step, account: () => account }
}
