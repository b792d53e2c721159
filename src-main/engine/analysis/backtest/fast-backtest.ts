import { closeTimeMs, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Action } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { Settings } from '@shared/contract/settings'
import { firedRule } from '@shared/rules/routing'
import { type Account, bnbPriceOf } from '../../broker/account'
import { totalOf } from '../../broker/balance'
import { settledBy } from '../../broker/paper-exchange'
import { paperFloor } from '../../broker/paper-floor'
import { createRecordedTicks } from '../../broker/recorded-ticks'
import { type CandleColumns, candleAt } from '../../context/candle-columns'
import { contextOf } from '../../context/context-builder'
import { roundFigure } from '../../context/significant-digits'
import type { ExitPrices, TradedDecision } from '../../desk/decision'
import { countedIds } from '../../desk/identity'
import { type DeskStanding, standingAfter } from '../../desk/trading-floor'
import { isInForce } from '../../risk/protection-memory'
import { countsMayAct } from '../../risk/protections'
import type { RiskCode } from '../../risk/review'
import type { CandleHistory } from './candle-chunks'
import { type FastMarket, nextMarket, openFastMarket, readMarket, refillMarket } from './fast-market'
import { createMarkTrack } from './mark-track'
import type { PlainPolicy } from './policy'
import type { QuickPolicy, QuickWish } from './quick-policy'
import { certainRefusal, createActingLevel } from './quick-risk'

export interface FastBacktestOptions {
  readonly runId: string
  readonly timeframe: Timeframe
  readonly settings: Settings
  readonly histories: readonly CandleHistory[]
  readonly policy: PlainPolicy
  /** The policy's judgement in floats, where that is sure. */
  readonly quick: QuickPolicy
  rulesOf(symbol: MarketSymbol): SymbolRules
  readonly observer: BacktestObserver
  /** What an earlier span ended with: its account and positions go on under these settings. A fresh account without it. */
  readonly begun?: Pick<FastBacktestResult, 'account' | 'standing' | 'named'>
}

/** Hears of everything that a report needs, in the order in which it happened. */
export interface BacktestObserver {
  /**
   * What the desk would have journalled after a candle or a decision, the decision itself left out, and the account
   * before and after it. `decision` is null for what the market did. Holds are not told.
   */
  stepped(events: readonly JournalEvent[], before: Account, after: Account, decision: TradedDecision | null): void
  /** The market's candle at this place of its columns closed, and the account was marked at it; in the quote asset. */
  closed(market: MarketSymbol, candles: CandleColumns, at: number, equity: number, positionsValue: number): void
  /** Comes before the candle's `closed`. The confidence is that of a buy or a sell; a hold's is not told. */
  decided(action: Action, confidence: number): void
  /** Risk refuses the decision with this code; nothing else happens. */
  refused(code: string): void
}

export interface FastBacktestResult {
  readonly account: Account
  readonly standing: DeskStanding
  /** So many ids were given out, over all spans. */
  readonly named: number
  readonly candles: number
  /** Candles that took the desk's own step. */
  readonly exactSteps: number
}

/** Runs a policy over recorded candles to their end. Memory is that of one chunk per symbol and of what the observer keeps. */
export async function runFastBacktest(options: FastBacktestOptions): Promise<FastBacktestResult> {
  const { runId, timeframe, settings, policy, quick, observer, begun } = options
  const ids = countedIds(begun?.named ?? 0)
  const { nameOf } = ids
  const floor = paperFloor({ runId, timeframe, settings, rulesOf: options.rulesOf, nameOf })
  const candleMs = timeframeMs[timeframe]
  const histories = [...options.histories].sort((left, right) => (left.symbol < right.symbol ? -1 : 1))
  const markets = histories.map((history, place) => openFastMarket(history, place, quick))
  const marks = createMarkTrack(histories.map(({ symbol }) => symbol))
  const recorded = createRecordedTicks()
  let account = begun?.account ?? floor.openAccount()
  marks.follow(account)
  const closes = histories.map(({ symbol }) => account.marks.get(symbol)?.toNumber() ?? Number.NaN)
  const acting = createActingLevel(settings)
  acting.follow(account)
  const refuses = certainRefusal(settings, account, options.rulesOf)
  const bnbPair = `BNB/${account.quoteAsset}`
  let cash = 0
  let moves = false
  let candles = 0
  let exactSteps = 0
  let standing: DeskStanding = begun?.standing ?? { state: 'active', stateBy: 'user' }
  /** An order or a fill came since protections were last asked: they may act now. */
  let isChanged = true
  /** Whether a protection is in force, and when the first one ends. */
  let isLocked = false
  let lockEndsMs = Number.POSITIVE_INFINITY
  readAccount()

  /** Takes from the account what the walk compares with. */
  function readAccount(): void {
    // What there is of BNB for fees moves with its own pair, where that is traded here.
    const bnb = account.bnb.toNumber()
    const isBnbTraded = markets.some(({ symbol }) => symbol === bnbPair)
    cash = totalOf(account.cash).toNumber() + (isBnbTraded ? 0 : bnb * bnbPriceOf(account).toNumber())
    moves = account.holdings.size > 0 || (isBnbTraded && bnb > 0)
    for (const market of markets) readMarket(market, account, market.symbol === bnbPair ? bnb : 0)
  }

  /** One candle of one market: what it makes happen, then what the policy wants. */
  function advance(market: FastMarket, at: number): void {
    const { close, high, low, openTimeMs } = market.chunk.candles
    const price = close[at] ?? 0
    const openMs = openTimeMs[at] ?? 0
    if (market.history.hasTicks === true) follow(market, at)
    else if (market.waits || (low[at] ?? 0) <= market.below || (high[at] ?? 0) >= market.above) settle(market, at)
    closes[market.place] = price
    const wish = quick.wish(market, at, price, openMs)
    const equity = equityNow()
    const atMs = openMs + candleMs
    marks.note(atMs, equity, closes, moves)
    const actingEquity = acting.after(atMs, equity)
    if (isChanged) {
      isChanged = false
      if (countsMayAct(account.memory, settings.risk, atMs)) guard(atMs)
    }
    if (atMs >= lockEndsMs || equity <= actingEquity) guard(atMs)
    if (wish === 'hold') observer.decided('hold', 0)
    else if (wish === 'unsure') ask(market, at)
    else {
      const confidence = quick.confidence()
      observer.decided(wish, confidence)
      const refusal = certainlyRefused(market, wish, price, equity)
      if (refusal === null) tradeSurely(market, at, wish, confidence)
      else observer.refused(refusal)
    }
    observer.closed(market.symbol, market.chunk.candles, at, equity, positionsValue)
  }

  function certainlyRefused(market: FastMarket, wish: QuickWish, price: number, equity: number): RiskCode | null {
    if (market.waits) return null
    if (wish === 'sell') return market.held ? null : 'nothing_to_sell'
    if (wish !== 'buy' || standing.state !== 'active' || isLocked) return null
    return refuses({ symbol: market.symbol, heldValue: market.qty * price, confidence: quick.confidence(), equity })
  }

  /** Where trades and books are recorded, they matter as soon as anything is held or ordered, whatever the candle says. */
  function follow(market: FastMarket, at: number): void {
    const openMs = market.chunk.candles.openTimeMs[at] ?? 0
    const inside = market.history.insideOf?.(openMs)
    if (market.waits || market.held) settle(market, at)
    else if (inside?.kind === 'ticks') {
      recorded.note(market.symbol, { openMs, closeMs: openMs + candleMs }, inside.ticks)
    }
  }

  function settle(market: FastMarket, at: number): void {
    exactSteps++
    const { symbol } = market
    const candle = candleAt(market.chunk.candles, at)
    account = marks.bring(account)
    const inside = market.history.insideOf?.(candle.openTimeMs)
    const terms = {
      symbol,
      timeframe,
      candle,
      inside,
      recorded,
      settings: settings.broker,
      rules: options.rulesOf(symbol),
      runId,
      nameOf,
    }
    const settled = settledBy(account, terms)
    if (settled.events.length > 0) change(settled.account, settled.events, null)
  }

  /** The policy is asked properly, with everything that a context tells. */
  function ask(market: FastMarket, at: number): void {
    account = marks.bring(account)
    const { symbol } = market
    const candle = candleAt(market.chunk.candles, at)
    const atMs = closeTimeMs(candle, timeframe)
    const candlesSeen = market.kernel.candlesSeen() - market.chunk.count + at + 1
    const view = floor.view(account, symbol, candle.close, atMs)
    const context = contextOf({ symbol, timeframe }, { candle, candlesSeen, figures: market.figures, at }, view)
    const { action, confidence, routedTo, askedExits } = policy.answer(context)
    observer.decided(action, confidence)
    if (action === 'hold') exactSteps++
    else trade(market, context, { action, confidence, routedTo, exits: floor.exits(action, context, askedExits) }, atMs)
  }

  /** Floats are sure of the wish: of all figures, risk and the exchange look at the price and the ATR alone. */
  function tradeSurely(market: FastMarket, at: number, action: 'buy' | 'sell', confidence: number): void {
    account = marks.bring(account)
    const { candles } = market.chunk
    const { volumeRatio, volatility, sentiment, atr14 } = market.figures
    const figures = { symbol: market.symbol, price: candles.close[at] ?? 0, atr14: figureAt(atr14, at) }
    const routing = {
      hasPosition: market.held,
      volumeRatio: figureAt(volumeRatio, at),
      volatility: figureAt(volatility, at),
      sentiment: figureAt(sentiment, at),
    }
    const { slot: routedTo } = firedRule(routing, settings.routing, null)
    const exits = floor.exits(action, figures, null)
    trade(market, figures, { action, confidence, routedTo, exits }, (candles.openTimeMs[at] ?? 0) + candleMs)
  }

  /** The desk's own order, in decimals. */
  function trade(
    { symbol }: FastMarket,
    context: TradedDecision['context'],
    { exits, ...judged }: Judged,
    atMs: number,
  ): void {
    exactSteps++
    const { stopLoss, takeProfit } = exits
    const decision: TradedDecision = {
      ...judged,
      ...{ decisionId: nameOf('decision'), runId, symbol, decidedAtMs: atMs, calibrated: null, servedBy: 'policy' },
      ...{ stopLoss, takeProfit, context },
    }
    const traded = floor.trade(account, decision, standing.state, atMs)
    if (traded.length > 0) change(floor.fold(account, traded), traded, decision)
  }

  /** Risk tells which protections begin or end. */
  function guard(atMs: number): void {
    account = marks.bring(account)
    const events = floor.protect(account, standing, atMs, null)
    if (events.length > 0) change(floor.fold(account, events), events, null)
    standing = standingAfter(standing, events)
    isLocked = false
    lockEndsMs = Number.POSITIVE_INFINITY
    for (const act of account.memory.acts.values()) {
      if (!isInForce(act, atMs)) continue
      isLocked = true
      lockEndsMs = Math.min(lockEndsMs, act.untilMs ?? Number.POSITIVE_INFINITY)
    }
    acting.follow(account)
  }

  function change(after: Account, events: readonly JournalEvent[], decision: TradedDecision | null): void {
    const before = account
    account = after
    isChanged = true
    marks.follow(account)
    readAccount()
    observer.stepped(events, before, account, decision)
  }

  let positionsValue = 0
  /** Dust counts in the equity and is no position. */
  function equityNow(): number {
    let value = 0
    let positions = 0
    for (const market of markets) {
      if (market.total === 0) continue
      const price = closes[market.place] ?? 0
      value += market.total * price
      positions += market.qty * price
    }
    positionsValue = positions
    return cash + value
  }

  for (const market of markets) await refillMarket(market, quick)
  for (;;) {
    const next = nextMarket(markets)
    if (next === undefined) break
    advance(next, next.at)
    candles++
    next.at++
    if (next.at === next.chunk.count) await refillMarket(next, quick)
  }
  account = marks.bring(account)
  return { account, standing, named: ids.count(), candles, exactSteps }
}

interface Judged extends Pick<TradedDecision, 'action' | 'confidence' | 'routedTo'> {
  readonly exits: ExitPrices
}

/** A figure as a context tells it. */
function figureAt(column: Float64Array, at: number): number | null {
  const value = column[at] ?? Number.NaN
  return Number.isNaN(value) ? null : roundFigure(value)
}
