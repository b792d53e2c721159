import { riskSettingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import { amount } from '../../../src-main/engine/risk/amounts'
import { flatten } from '../../../src-main/engine/risk/flatten'
import { noMemory } from '../../../src-main/engine/risk/protection-memory'
import { type ReviewRequest, reviewDecision, riskRefusal } from '../../../src-main/engine/risk/review'
import type { RiskView } from '../../../src-main/engine/risk/risk-view'
import { btcUsdt, type DecisionPoint, decisionOf, shibUsdt, startMs } from '../broker/paper-trade'

/** 10000 USDT in cash, nothing held, nothing pending. */
const idle: RiskView = {
  quoteAsset: 'USDT',
  equity: amount('10000'),
  freeCash: amount('10000'),
  reservedCash: amount(0),
  positions: new Map(),
  pendingOrders: [],
  day: { first: amount('10000'), lowest: amount('10000') },
  memory: noMemory,
}

type Case = Partial<Omit<ReviewRequest, 'decision' | 'settings' | 'account'>> & {
  readonly decision?: Partial<DecisionPoint>
  readonly settings?: Partial<ReviewRequest['settings']>
  readonly account?: Partial<RiskView>
}

function requestOf({ decision, settings, account, ...rest }: Case): ReviewRequest {
  const point: DecisionPoint = { action: 'buy', price: 40000, stopLoss: '39000', takeProfit: '42000', ...decision }
  return {
    decision: decisionOf(point),
    account: { ...idle, ...account },
    deskState: 'active',
    settings: { ...riskSettingsSchema.parse({}), ...settings },
    rules: btcUsdt,
    entryPrice: amount(point.price),
    stopFill: (stop) => stop,
    takerFeeBps: 10,
    ...rest,
  }
}

function orderFor(request: Case) {
  const reviewed = reviewDecision(requestOf(request))
  if (!reviewed.ok) throw new Error(reviewed.problem.code)
  return reviewed.value.kind === 'order'
    ? { ...reviewed.value.intent, qtyBase: reviewed.value.intent.qtyBase.toFixed() }
    : reviewed.value
}

function refusalOf(request: Case) {
  const reviewed = reviewDecision(requestOf(request))
  if (reviewed.ok) throw new Error(`Expected a refusal, saw ${reviewed.value.kind}`)
  return reviewed.problem
}

function held(symbol: string, qtyBase: string, valueQuote: string): Pick<RiskView, 'positions'> {
  return { positions: new Map([[symbol, { qtyBase: amount(qtyBase), valueQuote: amount(valueQuote) }]]) }
}

const sizing = riskSettingsSchema.parse({}).sizing

const selling = { decision: { action: 'sell', confidence: 0.5 } } as const

describe('An entry is sized', () => {
  it.each<{ title: string; given: Case; qtyBase: string }>([
    { title: '2 % of 10000 is 200, which is 0.005 BTC at 40000', given: {}, qtyBase: '0.005' },
    {
      title: 'rounded down to the lot: 200 / 39999 is 0.0050001',
      given: { entryPrice: amount(39999) },
      qtyBase: '0.005',
    },
    {
      title: 'at the expected cost, never above the limit: 200 / 40008 is 0.004999',
      given: { entryPrice: amount(40008) },
      qtyBase: '0.00499',
    },
    {
      title: "a caller's smaller limit binds: 1 % is 0.0025 BTC",
      given: { maxPositionPct: 0.01 },
      qtyBase: '0.0025',
    },
    { title: "a caller's larger limit does not", given: { maxPositionPct: 0.5 }, qtyBase: '0.005' },
    {
      title: 'what is held is taken off: 200 - 120 is 80, which is 0.002 BTC',
      given: { account: held('BTC/USDT', '0.003', '120') },
      qtyBase: '0.002',
    },
    {
      title: 'free cash is all there is: 60 is 0.0015 BTC',
      given: { account: { freeCash: amount(60) } },
      qtyBase: '0.0015',
    },
    {
      title: 'a position stays closable in one order: at most 168.82682 BTC',
      given: { account: { equity: amount(1e9), freeCash: amount(1e9) }, settings: { maxPositionPct: 1 } },
      qtyBase: '168.82682',
    },
    {
      title: 'confidence at the minimum is enough',
      given: { decision: { confidence: 0.7 } },
      qtyBase: '0.005',
    },
    {
      title: 'the largest order binds: 120 USDT is 0.003 BTC',
      given: { settings: { maxOrderNotional: '120' } },
      qtyBase: '0.003',
    },
    {
      title: 'all positions together bind: 5 % of 10000 less the 400 that are held elsewhere is 100, or 0.0025 BTC',
      given: {
        settings: { maxTotalExposurePct: 0.05 },
        account: { ...held('ETH/USDT', '0.1', '400'), freeCash: amount(9600) },
      },
      qtyBase: '0.0025',
    },
    {
      // The stop at 39000 loses 2.5 %: 10 / 0.025 = 400, of which the limit leaves 200.
      title: 'a fixed risk stays below the limit on a position',
      given: { settings: { sizing: { ...sizing, method: 'fixed_risk', riskPct: 0.001 } }, takerFeeBps: 0 },
      qtyBase: '0.005',
    },
    {
      // 2 / 0.025 = 80.
      title: 'a fixed risk of 0.02 %: the stop loses 2.5 % of 80 USDT, which is 0.002 BTC',
      given: { settings: { sizing: { ...sizing, method: 'fixed_risk', riskPct: 0.0002 } }, takerFeeBps: 0 },
      qtyBase: '0.002',
    },
    {
      title: 'a coin of 0.00000812: 200 buys 24630541 whole ones',
      given: {
        decision: { symbol: 'SHIB/USDT', price: 0.00000812, stopLoss: '0.00000787', takeProfit: '0.00000849' },
        rules: shibUsdt,
      },
      qtyBase: '24630541',
    },
  ])('$title', ({ given, qtyBase }) => {
    expect(orderFor(given)).toMatchObject({
      side: 'buy',
      qtyBase,
      reason: 'decision',
      stopLoss: given.decision?.stopLoss ?? '39000',
      takeProfit: given.decision?.takeProfit ?? '42000',
    })
  })
})

describe('An entry is refused with a stable code and a sentence', () => {
  const pendingEth = [{ orderId: 'one', symbol: 'ETH/USDT', side: 'buy' }] as const
  it('goes by the calibrated confidence where one is known', () => {
    const reviewed = (confidence: number, raw: number) => {
      const request = requestOf({ decision: { confidence: raw } })
      const decision = { ...request.decision, calibrated: { confidence, method: 'platt', samples: 240 } }
      return reviewDecision({ ...request, decision })
    }
    expect(reviewed(0.55, 0.95)).toMatchObject({
      problem: { code: 'below_min_confidence', message: expect.stringContaining('calibrated confidence 0.55') },
    })
    expect(reviewed(0.75, 0.6)).toMatchObject({ ok: true })
  })

  it.each<{ code: string; given: Case; message: string }>([
    {
      code: 'below_min_confidence',
      given: { decision: { confidence: 0.69 } },
      message: 'Buy BTC/USDT: confidence 0.69 is below the minimum of 0.7 for deepseek.',
    },
    {
      code: 'below_min_confidence',
      given: { decision: { routedTo: 'phi3' }, settings: { minConfidenceBySlot: { phi3: 0.95 } } },
      message: 'Buy BTC/USDT: confidence 0.9 is below the minimum of 0.95 for phi3.',
    },
    {
      code: 'desk_reduce_only',
      given: { deskState: 'reduce_only' },
      message: 'Buy BTC/USDT: the desk only reduces positions. Resume it to allow new ones.',
    },
    {
      code: 'desk_halted',
      given: { deskState: 'halted' },
      message: 'Buy BTC/USDT: the kill switch has halted the desk. Resume it to allow new positions.',
    },
    {
      code: 'no_model',
      given: { decision: { servedBy: 'none' } },
      message: 'Buy BTC/USDT: no model answered, so there is nothing to act on.',
    },
    {
      code: 'already_pending',
      given: { account: { pendingOrders: [{ orderId: 'one', symbol: 'BTC/USDT', side: 'buy' }] } },
      message: 'Buy BTC/USDT: an order of this symbol still waits for its next candle.',
    },
    {
      code: 'max_open_positions',
      given: { settings: { maxOpenPositions: 1 }, account: held('ETH/USDT', '1', '100') },
      message: 'Buy BTC/USDT: 1 of at most 1 positions are already open or pending.',
    },
    {
      code: 'max_open_positions',
      given: {
        settings: { maxOpenPositions: 2 },
        account: { ...held('SOL/USDT', '1', '20'), pendingOrders: pendingEth },
      },
      message: 'Buy BTC/USDT: 2 of at most 2 positions are already open or pending.',
    },
    {
      code: 'max_position',
      given: { account: held('BTC/USDT', '0.005', '200') },
      message: 'Buy BTC/USDT: 200 USDT is held, and 2 % of the equity is the limit.',
    },
    {
      code: 'max_position',
      given: { account: held('BTC/USDT', '0.0049', '195.01') },
      message: 'Buy BTC/USDT: 195.01 USDT is held, and 2 % of the equity is the limit.',
    },
    {
      code: 'daily_loss',
      given: { account: { day: { first: amount(10000), lowest: amount(9500) }, equity: amount(9900) } },
      message:
        'Buy BTC/USDT: Equity has fallen by 500 USDT today, and the limit is 5 % of 10000. Entries resume at 2021-05-18T00:00:00Z.',
    },
    {
      code: 'too_small',
      given: { account: { freeCash: amount(3) } },
      message:
        "Buy BTC/USDT: limit and free cash allow 3 USDT, which is less than the exchange's smallest order that could be sold again (lot 0.00001, notional 5).",
    },
    {
      code: 'max_total_exposure',
      given: {
        settings: { maxTotalExposurePct: 0.04 },
        account: { ...held('ETH/USDT', '0.1', '398'), freeCash: amount(9602) },
      },
      message: 'Buy BTC/USDT: 398 USDT is held or pending in all, and 4 % of the equity is the limit.',
    },
    {
      code: 'stop_not_below_entry',
      given: { decision: { stopLoss: '40000' } },
      message: 'Buy BTC/USDT: the stop at 40000 is not below the expected entry at 40000.',
    },
    {
      code: 'target_not_above_entry',
      given: { decision: { takeProfit: '40005' }, entryPrice: amount(40008) },
      message: 'Buy BTC/USDT: the take-profit at 40005 is not above the expected entry at 40008.',
    },
    {
      // 42000 x 0.998001 = 41916.042 against 40008: 4.769 %. 39000 x 0.9999 x 0.998001 = 38918.147 or so: 2.724 %.
      code: 'min_risk_reward',
      given: {
        settings: { minRiskReward: 2 },
        entryPrice: amount(40008),
        stopFill: (stop) => stop.times('0.9999'),
      },
      message:
        'Buy BTC/USDT: after fees it would win 4.769 % at its target and lose 2.724 % at its stop; at least 2 to win for each 1 at risk are needed.',
    },
    {
      code: 'min_risk_reward',
      given: { settings: { minRiskReward: 1 }, decision: { stopLoss: null, takeProfit: null } },
      message: 'Buy BTC/USDT: without a stop and a target there is no risk/reward to judge.',
    },
    {
      code: 'foreign_quote',
      given: { account: { quoteAsset: 'EUR' } },
      message: 'Buy BTC/USDT: it is paid in USDT, and the account holds EUR alone.',
    },
  ])('$code: $message', ({ code, given, message }) => {
    expect(refusalOf(given)).toEqual({ code, message })
  })

  it('a risk/reward that the last price would pass and the real entry does not: 2 to 1 is 1.78 after fees', () => {
    const decision = { stopLoss: '39000', takeProfit: '42000' }
    expect(refusalOf({ decision, settings: { minRiskReward: 1.9 } }).code).toBe('min_risk_reward')
    expect(orderFor({ decision, settings: { minRiskReward: 1.9 }, takerFeeBps: 0 })).toMatchObject({ side: 'buy' })
    expect(orderFor({ decision, settings: { minRiskReward: 1.7 }, entryPrice: amount(40008) })).toMatchObject({
      side: 'buy',
    })
  })

  it('Kelly that sees no edge enters nothing, and one that sees one is cut down to its limits, in words', () => {
    const kelly = (confidence: number) => {
      const request = requestOf({ settings: { sizing: { ...sizing, method: 'kelly' }, minConfidence: 0 } })
      const decision = { ...request.decision, calibrated: { confidence, method: 'platt', samples: 240 } }
      return reviewDecision({ ...request, decision })
    }
    expect(kelly(0.2)).toMatchObject({ problem: { code: 'no_edge' } })
    expect(kelly(0.8)).toMatchObject({
      value: {
        intent: { sizedBy: '25 % of Kelly at a calibrated confidence of 0.8, cut down to its limits' },
      },
    })
  })

  it('a protection that the journal knows refuses under its own code, for its symbol and until its end', () => {
    const act = {
      code: 'cooldown',
      symbol: 'BTC/USDT',
      reason: 'BTC/USDT rests.',
      sinceMs: startMs,
      untilMs: startMs + 1,
      counters: {},
    } as const
    const memory = { ...noMemory, acts: new Map([['cooldown BTC/USDT', act]]) }
    expect(refusalOf({ account: { memory } })).toEqual({
      code: 'cooldown',
      message: 'Buy BTC/USDT: BTC/USDT rests. Entries resume at 2021-05-17T00:00:00.001Z.',
    })
    expect(orderFor({ account: { memory }, decision: { decidedAtMs: startMs + 1 } })).toMatchObject({ side: 'buy' })
    const other = { ...noMemory, acts: new Map([['cooldown ETH/USDT', { ...act, symbol: 'ETH/USDT' }]]) }
    expect(orderFor({ account: { memory: other } })).toMatchObject({ side: 'buy' })
  })

  it('a loss just short of the limit does not stop entries', () => {
    expect(orderFor({ account: { day: { first: amount(10000), lowest: amount('9500.01') } } })).toMatchObject({
      side: 'buy',
    })
  })

  it('adding to an open position takes no further place among the open ones', () => {
    const adding = { settings: { maxOpenPositions: 1 }, account: held('BTC/USDT', '0.0025', '100') }
    expect(orderFor(adding)).toMatchObject({ qtyBase: '0.0025' })
  })

  it('a lot that the fee would make unsellable is too small, although the exchange would take it', () => {
    // One lot of 0.00001 BTC at 1e8 is 1000 USDT; after the fee 0.00000999 is left, less than a lot.
    const decision = { price: 1e8, stopLoss: '99000000', takeProfit: '110000000' }
    const giant = { decision, account: { equity: amount(50_000), freeCash: amount(50_000) } }
    expect(refusalOf(giant).code).toBe('too_small')
  })
})

describe('An exit always works', () => {
  it('sells the whole position, rounded down to the lot', () => {
    const account = held('BTC/USDT', '0.00498501', '200')
    expect(orderFor({ ...selling, account })).toMatchObject({
      side: 'sell',
      qtyBase: '0.00498',
      stopLoss: null,
      takeProfit: null,
    })
  })

  it.each<{ title: string; given: Case }>([
    { title: 'while the desk only reduces', given: { deskState: 'reduce_only' } },
    { title: 'while the desk is halted', given: { deskState: 'halted' } },
    { title: 'at any confidence', given: { decision: { action: 'sell', confidence: 0.34 } } },
    { title: 'after the daily loss', given: { account: { day: { first: amount(10000), lowest: amount(1) } } } },
    { title: 'above every limit', given: { settings: { maxPositionPct: 0, maxOpenPositions: 1 } } },
  ])('$title', ({ given }) => {
    const account = { ...held('BTC/USDT', '0.5', '20000'), ...given.account }
    expect(orderFor({ ...selling, ...given, account })).toMatchObject({ side: 'sell', qtyBase: '0.5' })
  })

  it.each<{ code: string; given: Case }>([
    { code: 'nothing_to_sell', given: {} },
    { code: 'nothing_to_sell', given: { account: held('BTC/USDT', '0.00000999', '0.4') } },
    {
      code: 'already_pending',
      given: {
        account: {
          ...held('BTC/USDT', '0.5', '20000'),
          pendingOrders: [{ orderId: 'one', symbol: 'BTC/USDT', side: 'sell' }],
        },
      },
    },
    { code: 'no_model', given: { decision: { action: 'sell', servedBy: 'none' } } },
  ])('but is refused as $code where there is nothing to do', ({ code, given }) => {
    expect(refusalOf({ ...selling, ...given }).code).toBe(code)
  })
})

describe('A review', () => {
  it('of a hold is neither an order nor a refusal', () => {
    expect(orderFor({ decision: { action: 'hold', servedBy: 'none' }, deskState: 'halted' })).toEqual({
      kind: 'action_hold',
    })
  })

  it('that refuses becomes an event with an id that follows from the decision', () => {
    const { decision } = requestOf({ decision: { confidence: 0.5 } })
    const problem = refusalOf({ decision: { confidence: 0.5 } })
    const event = riskRefusal(decision, problem)
    expect(event).toEqual(riskRefusal(decision, problem))
    expect(event).toMatchObject({
      type: 'order.refused',
      atMs: startMs,
      payload: { by: 'risk', side: 'buy', code: 'below_min_confidence', decisionId: decision.decisionId },
    })
  })
})

describe('The kill switch', () => {
  it('cancels entries, closes positions in the order of their symbols, and leaves pending sells to fill', () => {
    const positions = new Map([
      ['SOL/USDT', { qtyBase: amount(3), valueQuote: amount(60) }],
      ['BTC/USDT', { qtyBase: amount('0.1'), valueQuote: amount(4000) }],
      ['ADA/USDT', { qtyBase: amount(5), valueQuote: amount(6) }],
    ])
    const entry = { orderId: 'entry', symbol: 'ETH/USDT', side: 'buy' } as const
    const exit = { orderId: 'exit', symbol: 'SOL/USDT', side: 'sell' } as const
    const { cancel, close } = flatten({ ...idle, positions, pendingOrders: [entry, exit] }, 'flatten')
    expect(cancel).toEqual([entry])
    expect(close.map(({ symbol, side, reason }) => `${side} ${symbol} ${reason}`)).toEqual([
      'sell ADA/USDT kill_switch',
      'sell BTC/USDT kill_switch',
    ])
  })
})
