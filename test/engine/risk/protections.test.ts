import { describe, expect, it } from 'vitest'
import { amount } from '../../../src-main/engine/risk/amounts'
import { activeProtections, noMemory, rememberEquity } from '../../../src-main/engine/risk/protection-memory'
import { actingEquity, beginningActs } from '../../../src-main/engine/risk/protections'
import {
  dayMs,
  dayStartMs,
  deskBecame,
  hourMs,
  idle,
  inShort,
  type Moment,
  memoryOf,
  minuteMs,
  placed,
  risk,
  sale,
  stopOut,
  told,
} from './risk-story'

const noon = dayStartMs + 12 * hourMs
const lastMs = noon - minuteMs

/** Three stops that lost, one that was drawn up and won, and one that lost long ago. */
const stops = [
  stopOut(noon - 30 * hourMs),
  stopOut(noon - 3 * hourMs),
  stopOut(noon - 2 * hourMs, '4'),
  stopOut(noon - 2 * hourMs, '-5', 'ETH/USDT'),
  stopOut(lastMs),
]

describe('A protection begins', () => {
  it.each<{ title: string; given: Moment; acts: string[] }>([
    {
      title: 'the daily loss holds until the next UTC day, also when equity recovers',
      given: { atMs: noon, account: { day: { first: amount(10000), lowest: amount(9500) }, equity: amount(9990) } },
      acts: ['daily_loss until 12 h', 'desk reduce_only'],
    },
    {
      title: 'a loss just short of it does not',
      given: { atMs: noon, account: { day: { first: amount(10000), lowest: amount('9500.01') } } },
      acts: [],
    },
    {
      title: 'the drawdown waits for the trader: 7000 is 30 % below 10000',
      given: { atMs: noon, settings: { maxDrawdownPct: 0.3 }, account: fallen(7000) },
      acts: ['max_drawdown until resumed', 'desk reduce_only'],
    },
    {
      title: 'or for a time, where one is set',
      given: { atMs: noon, settings: { maxDrawdownPct: 0.3, drawdownLockMs: 48 * hourMs }, account: fallen(7000) },
      acts: ['max_drawdown until 48 h', 'desk reduce_only'],
    },
    {
      title: 'a drawdown just short of it does not',
      given: { atMs: noon, settings: { maxDrawdownPct: 0.3 }, account: fallen(7000.01) },
      acts: [],
    },
    {
      title: 'the stop-loss guard counts stops that lost within its window: three of them',
      given: { atMs: noon, settings: { stopLossGuard: { stops: 3, lockMs: 6 * hourMs } }, events: stops },
      acts: ['stop_loss_guard until 6 h', 'desk reduce_only'],
    },
    {
      title: 'three are not four',
      given: { atMs: noon, settings: { stopLossGuard: { stops: 4 } }, events: stops },
      acts: [],
    },
    {
      title: 'the guard of single symbols blocks the one with two stops and leaves the other',
      given: { atMs: noon, settings: { stopLossGuard: { stops: 2, scope: 'symbol', lockMs: hourMs } }, events: stops },
      acts: ['stop_loss_guard BTC/USDT until 1 h'],
    },
    {
      title: 'consecutive losses count back to the last trade that did not lose',
      given: {
        atMs: noon,
        settings: { consecutiveLosses: { losses: 2 } },
        events: [sale(1, '-1'), sale(2, '3'), sale(3, '-1'), sale(4, '-1')],
      },
      acts: ['consecutive_losses until 24 h', 'desk reduce_only'],
    },
    {
      title: 'a trade that came out even ends the row',
      given: {
        atMs: noon,
        settings: { consecutiveLosses: { losses: 2 } },
        events: [sale(1, '-1'), sale(2, '0'), sale(3, '-1')],
      },
      acts: [],
    },
    {
      title: 'a symbol rests after a close, counted from the close, and the desk goes on',
      given: { atMs: noon, settings: { cooldownMs: 2 * hourMs }, events: [sale(noon - hourMs, '7')] },
      acts: ['cooldown BTC/USDT until 1 h'],
    },
    {
      title: 'and not once its rest is over',
      given: { atMs: noon, settings: { cooldownMs: 2 * hourMs }, events: [sale(noon - 2 * hourMs, '7')] },
      acts: [],
    },
    {
      title: 'a symbol whose last two trades earned 1 together, where 2 are wanted',
      given: {
        atMs: noon,
        settings: { lowProfit: { trades: 2, minRealized: 2 } },
        events: [
          sale(lastMs - 2, '9'),
          sale(lastMs - 1, '4'),
          sale(lastMs, '-3'),
          sale(lastMs, '-9', { symbol: 'ETH/USDT' }),
        ],
      },
      acts: ['low_profit BTC/USDT until 24 h'],
    },
    {
      title: 'a sale in several fills is one trade: 1 - 3 + 4 is 2',
      given: {
        atMs: noon,
        settings: { lowProfit: { trades: 1, minRealized: 2 }, consecutiveLosses: { losses: 1 } },
        events: ['1', '-3', '4'].map((part, nth) => sale(lastMs + nth, part, { orderId: 'one' })),
      },
      acts: [],
    },
    {
      title: 'two orders a minute: the next one waits until the first is a minute old',
      given: {
        atMs: noon,
        settings: { orderRate: { perMinute: 2 } },
        events: [placed(noon - 50_000), placed(noon - 40_000), placed(noon - 30_000)],
      },
      acts: [`order_rate until ${20_000 / hourMs} h`],
    },
    {
      title: 'exits that the exchange places by itself are no orders of the desk',
      given: {
        atMs: noon,
        settings: { orderRate: { perMinute: 2, perDay: 2 } },
        events: [placed(noon - dayMs), placed(noon - 50_000), placed(noon - 40_000, null)],
      },
      acts: [],
    },
    {
      title: 'a live candle that is decided on too late',
      given: { atMs: noon, candle: { symbol: 'BTC/USDT', lengthMs: minuteMs, ageMs: 60_001, feedProblem: null } },
      acts: ['stale_data BTC/USDT until resumed'],
    },
    {
      title: 'a feed that says itself that it is not sound',
      given: {
        atMs: noon,
        candle: { symbol: 'BTC/USDT', lengthMs: minuteMs, ageMs: 5, feedProblem: 'No candles come.' },
      },
      acts: ['stale_data BTC/USDT until resumed'],
    },
    {
      title: 'a candle that is just in time is not stale',
      given: { atMs: noon, candle: { symbol: 'BTC/USDT', lengthMs: minuteMs, ageMs: 60_000, feedProblem: null } },
      acts: [],
    },
  ])('$title', ({ given, acts }) => {
    expect(inShort(told(given))).toEqual(acts)
  })

  it('once: what is in force is not told again, and says until when in its reason', () => {
    const given: Moment = { atMs: noon, settings: { stopLossGuard: { stops: 3 } }, events: stops }
    const events = told(given)
    expect(told({ ...given, events: [...stops, ...events], desk: { state: 'reduce_only', stateBy: 'risk' } })).toEqual(
      [],
    )
    expect(events).toMatchObject([
      { payload: { reason: '3 stops have lost within 1 day; 3 are the limit.', counters: { stops: 3, allowed: 3 } } },
      { payload: { reason: expect.stringContaining('Entries resume at 2021-05-20T00:00:00Z.'), by: 'risk' } },
    ])
  })
})

describe('A protection ends', () => {
  const given: Moment = {
    atMs: noon,
    settings: { stopLossGuard: { stops: 3, lockMs: hourMs, windowMs: dayMs } },
    events: stops,
  }
  const locked = told(given)

  it('with its time: the desk that risk had stopped is active again, and old stops do not stop it anew', () => {
    const later = { ...given, events: [...stops, ...locked], desk: { state: 'reduce_only', stateBy: 'risk' } } as const
    expect(inShort(told({ ...later, atMs: noon + hourMs - 1 }))).toEqual([])
    expect(inShort(told({ ...later, atMs: noon + hourMs }))).toEqual(['desk active'])
    const again = [stopOut(noon + hourMs), stopOut(noon + hourMs), stopOut(noon + hourMs)]
    expect(inShort(told({ ...later, events: [...later.events, ...again], atMs: noon + 2 * hourMs }))).toEqual([
      'stop_loss_guard until 1 h',
    ])
  })

  it('and leaves a desk alone that the trader has stopped', () => {
    const later = { ...given, events: [...stops, ...locked], atMs: noon + hourMs }
    expect(told({ ...later, desk: { state: 'reduce_only', stateBy: 'user' } })).toEqual([])
    expect(told({ ...later, desk: { state: 'halted', stateBy: 'user' } })).toEqual([])
  })

  it('of stale data with the first candle in time', () => {
    const late = { symbol: 'BTC/USDT', lengthMs: minuteMs, ageMs: 90_000, feedProblem: null }
    const events = told({ atMs: noon, candle: late })
    expect(told({ events, atMs: noon + minuteMs, candle: late })).toEqual([])
    expect(told({ events, atMs: noon + minuteMs, candle: { ...late, symbol: 'ETH/USDT', ageMs: 0 } })).toEqual([])
    const ended = told({ events, atMs: noon + minuteMs, candle: { ...late, ageMs: 0 } })
    expect(inShort(ended)).toEqual(['stale_data BTC/USDT until 0 h'])
    expect(activeProtections(memoryOf([...events, ...ended]), noon + minuteMs)).toEqual([])
  })

  it('of a drawdown with the trader, who resumes: from then on it is measured anew', () => {
    const settings = { maxDrawdownPct: 0.3 }
    const stopped = told({ atMs: noon, settings, account: fallen(7000) })
    const desk = { state: 'active', stateBy: 'user' } as const
    const resumed = memoryOf([...stopped, deskBecame(noon + hourMs, 'active', 'user')], fallen(7000).memory)
    expect(activeProtections(resumed, noon + hourMs)).toEqual([])
    const laterAt = (equity: number) => ({
      atMs: noon + 2 * hourMs,
      settings,
      desk,
      account: { equity: amount(equity), memory: rememberEquity(resumed, amount(7000)) },
    })
    expect(told(laterAt(5000))).toEqual([])
    expect(inShort(told(laterAt(4900)))).toEqual(['max_drawdown until resumed', 'desk reduce_only'])
  })

  it('but a daily loss does not end by resuming: the desk goes back at once', () => {
    const account = { day: { first: amount(10000), lowest: amount(9000) } }
    const events = [...told({ atMs: noon, account }), deskBecame(noon + hourMs, 'active', 'user')]
    expect(inShort(told({ events, account, atMs: noon + hourMs }))).toEqual(['desk reduce_only'])
  })
})

describe('The equity at which a loop must look', () => {
  it('is the higher of the daily loss and the drawdown, and no protection acts above it', () => {
    const settings = risk({ maxDailyLossPct: 0.05, maxDrawdownPct: 0.2 })
    const memory = rememberEquity(noMemory, amount(12_000))
    // 10000 x 0.95 = 9500; 12000 x 0.8 = 9600.
    expect(actingEquity({ ...idle, memory }, settings).toFixed()).toBe('9600')
    const actsAt = (equity: number) => {
      const day = { first: amount(10_000), lowest: amount(equity) }
      const facts = { account: { ...idle, memory, day, equity: amount(equity) }, settings, atMs: noon, candle: null }
      return beginningActs(facts).map(({ code }) => code)
    }
    expect(actsAt(9600.01)).toEqual([])
    expect(actsAt(9600)).toEqual(['max_drawdown'])
    expect(actsAt(9500)).toEqual(['daily_loss', 'max_drawdown'])
  })
})

function fallen(equity: number) {
  return { equity: amount(equity), memory: rememberEquity(noMemory, amount(10_000)) }
}
