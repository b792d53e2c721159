import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { Decision } from '@shared/contract/decision'
import type { DeskPush, DeskSnapshot, RecentDecision } from '@shared/contract/desk-calls'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import { type SlotHealth, slotSchema } from '@shared/contract/model'
import type { Order, Position } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'
import { recordedCandles } from './recorded-candles'
import { decide } from './scripted-decision'
import { scriptedRisk } from './scripted-risk'

/**
 * A made-up desk over real candles, for the screen alone: it speaks the contract with plausible figures, but it is
 * not the engine, and nothing it says is evidence of what the engine does.
 */
export interface Story {
  readonly candlesSoFar: (symbol: MarketSymbol, limit: number) => Candle[]
  readonly decisions: () => RecentDecision[]
  readonly activity: () => JournalEvent[]
  readonly snapshot: () => DeskSnapshot
  /** Decides the next candle and tells what changed; `said` replaces parts of the decision. */
  readonly next: (said?: Partial<Decision>) => DeskPush
  readonly become: (state: DeskSnapshot['state'], reason: string) => DeskPush
}

const HOUR_MS = 3_600_000
const symbols: MarketSymbol[] = ['BTC/USDT', 'ETH/USDT']
const storyStartMs = Date.UTC(2021, 3, 20)
const hash = (digit: string): string => digit.repeat(64)

export function tellStory(candlesBefore = 300): Story {
  const spec: RunSpec = {
    venue: 'replay',
    symbols,
    timeframe: '1h',
    fromMs: storyStartMs,
    toMs: null,
    modelPreference: null,
    dataHash: null,
    settings: settingsSchema.parse({}),
  }
  const market = new Map(
    symbols.map((symbol) => [
      symbol,
      recordedCandles(symbol === 'BTC/USDT' ? 'BTCUSDT' : 'ETHUSDT', storyStartMs, 12_000),
    ]),
  )
  const decisions: RecentDecision[] = []
  const activity: JournalEvent[] = []
  const positions = new Map<MarketSymbol, Position>()
  let pending: Order[] = []
  let told = candlesBefore * symbols.length
  let events = 1
  let state: DeskSnapshot['state'] = 'active'
  let stateReason = 'Trading the recorded market.'
  let cash = 10_000
  let realized = 0
  let fees = 0

  const candleOf = (symbol: MarketSymbol, index: number): Candle => {
    const candles = market.get(symbol) ?? []
    const candle = candles[index % candles.length]
    if (candle === undefined) throw new Error(`The story has no candles of ${symbol}`)
    // The story goes around in circles; its clock does not.
    return { ...candle, openTimeMs: storyStartMs + index * HOUR_MS }
  }
  const seen = (symbol: MarketSymbol): number => Math.ceil((told - symbols.indexOf(symbol)) / symbols.length)

  const snapshot = (): DeskSnapshot => {
    const held = [...positions.values()]
    const unrealized = held.reduce((sum, position) => sum + Number(position.unrealizedQuote), 0)
    const value = held.reduce((sum, position) => sum + Number(position.valueQuote), 0)
    const last = decisions[0]?.decision
    return {
      version: '0.1.0',
      mode: 'paper',
      state,
      stateReason,
      run: { runId: 'story', spec, finished: false },
      marketTimeMs: last?.decidedAtMs ?? null,
      feed: null,
      account: {
        quoteAsset: 'USDT',
        equityStart: '10000',
        equity: (cash + value).toFixed(8),
        cash: cash.toFixed(8),
        realized: realized.toFixed(8),
        unrealized: unrealized.toFixed(8),
        feesPaid: fees.toFixed(8),
        positions: held,
        openOrders: pending,
      },
      risk: scriptedRisk(held.length, last?.decidedAtMs ?? storyStartMs),
      slots: slotHealth(decisions),
      chain: { events, head: hash('a') },
    }
  }

  const push = (told: JournalEvent[], candle: DeskPush['candle'], measurements: DeskPush['measurements']): DeskPush => {
    events += told.length
    for (const event of told) if (event.type !== 'decision.made') activity.unshift(event)
    activity.splice(1_000)
    decisions.splice(1_000)
    return { snapshot: snapshot(), events: told, measurements: [...measurements], candle }
  }

  const settle = (symbol: MarketSymbol, candle: Candle): JournalEvent[] => {
    const due = pending.filter((order) => order.symbol === symbol)
    pending = pending.filter((order) => order.symbol !== symbol)
    return due.map((order) => {
      const qty = Number(order.qtyBase)
      const notional = qty * candle.open
      const fee = notional * 0.001
      const before = positions.get(symbol)
      const profit = order.side === 'sell' && before !== undefined ? notional - fee - Number(before.costQuote) : 0
      cash += order.side === 'buy' ? -notional : notional - fee
      fees += fee
      realized += profit
      if (order.side === 'sell') positions.delete(symbol)
      else positions.set(symbol, opened(order, candle, qty, notional))
      return {
        type: 'order.filled',
        atMs: candle.openTimeMs,
        payload: {
          fillId: `fill-${order.orderId}`,
          orderId: order.orderId,
          runId: 'story',
          symbol,
          side: order.side,
          priceQuote: candle.open.toFixed(2),
          qtyBase: order.qtyBase,
          notionalQuote: notional.toFixed(8),
          fee: (order.side === 'buy' ? qty * 0.001 : fee).toFixed(8),
          feeAsset: order.side === 'buy' ? symbol.slice(0, 3) : 'USDT',
          feeQuote: fee.toFixed(8),
          realizedQuote: profit.toFixed(8),
          referencePriceQuote: candle.open.toFixed(2),
          reason: order.reason,
          filledAtMs: candle.openTimeMs,
        },
      }
    })
  }

  const ask = (decision: Decision): JournalEvent[] => {
    const { action, symbol, decisionId, decidedAtMs } = decision
    if (action === 'hold') return []
    const position = positions.get(symbol)
    const refusal = refusalOf(decision, position !== undefined, state)
    if (refusal !== null) {
      const [code, message] = refusal
      const payload = { refusalId: `no-${decisionId}`, runId: 'story', decisionId, symbol, side: action, code, message }
      return [{ type: 'order.refused', atMs: decidedAtMs, payload: { ...payload, by: 'risk', atMs: decidedAtMs } }]
    }
    const order: Order = {
      orderId: `order-${decisionId}`,
      runId: 'story',
      decisionId,
      symbol,
      side: action,
      type: 'market',
      qtyBase: position?.qtyBase ?? (200 / decision.context.price).toFixed(5),
      reason: 'decision',
      stopLoss: decision.stopLoss,
      takeProfit: decision.takeProfit,
      placedAtMs: decidedAtMs,
    }
    pending = [...pending, order]
    return [{ type: 'order.accepted', atMs: decidedAtMs, payload: order }]
  }

  const next = (said: Partial<Decision> = {}): DeskPush => {
    const symbol = symbols[told % symbols.length] ?? 'BTC/USDT'
    const index = Math.floor(told / symbols.length)
    const candle = candleOf(symbol, index)
    const fills = settle(symbol, candle)
    const position = positions.get(symbol)
    if (position !== undefined) positions.set(symbol, repriced(position, candle.close))
    const decision = { ...decide(symbol, index, candle, candleOf(symbol, index - 1), positions.get(symbol)), ...said }
    const measurement = {
      decisionId: decision.decisionId,
      wallAtMs: decision.decidedAtMs,
      latencyMs: 8.4 + (index % 7),
      rationaleMs: 71 + (index % 30),
    }
    told += 1
    decisions.unshift({ decision, measurement })
    const made: JournalEvent = { type: 'decision.made', atMs: decision.decidedAtMs, payload: decision }
    return push([...fills, made, ...ask(decision)], { symbol, candle }, [measurement])
  }

  return {
    candlesSoFar: (symbol, limit) => {
      const count = seen(symbol)
      return Array.from({ length: Math.min(limit, count) }, (_, back) => candleOf(symbol, count - 1 - back)).reverse()
    },
    decisions: () => decisions,
    activity: () => activity,
    snapshot,
    next,
    become(nextState, reason) {
      state = nextState
      stateReason = reason
      const atMs = decisions[0]?.decision.decidedAtMs ?? storyStartMs
      return push([{ type: 'desk.state', atMs, payload: { runId: 'story', state, reason, by: 'user' } }], null, [])
    },
  }
}

function opened(order: Order, candle: Candle, qty: number, notional: number): Position {
  return repriced(
    {
      symbol: order.symbol,
      qtyBase: order.qtyBase,
      costQuote: notional.toFixed(8),
      averagePriceQuote: (notional / qty).toFixed(2),
      lastPriceQuote: candle.close.toFixed(2),
      valueQuote: '0',
      unrealizedQuote: '0',
      stopLoss: order.stopLoss,
      takeProfit: order.takeProfit,
      openedAtMs: candle.openTimeMs,
    },
    candle.close,
  )
}

function repriced(position: Position, close: number): Position {
  const value = Number(position.qtyBase) * close
  return {
    ...position,
    lastPriceQuote: close.toFixed(2),
    valueQuote: value.toFixed(8),
    unrealizedQuote: (value - Number(position.costQuote)).toFixed(8),
  }
}

function refusalOf(
  decision: Decision,
  held: boolean,
  state: DeskSnapshot['state'],
): [code: string, message: string] | null {
  const { action, confidence } = decision
  if (action === 'buy' && state !== 'active') return ['desk_not_active', `The desk is ${state}: entries are blocked.`]
  if (action === 'buy' && held) return ['max_position', 'The position already holds its largest share of the account.']
  if (action === 'sell' && !held) return ['no_position', 'There is nothing to sell: the desk does not sell short.']
  if (confidence < 0.7) return ['below_min_confidence', `Confidence ${confidence} is below the limit of 0.7.`]
  return null
}

function slotHealth(decisions: readonly RecentDecision[]): SlotHealth[] {
  return slotSchema.options.map((slot) => ({
    slot,
    installed: false,
    healthy: true,
    servedBy: 'starter',
    reason: 'No model file is installed; the starter model answers.',
    requests: decisions.filter(({ decision }) => decision.routedTo === slot).length,
    errors: 0,
    latencyP50Ms: decisions.length === 0 ? null : 9.6,
  }))
}
