import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BinanceClient, connectBinance } from '../../src-main/engine/market/binance-client'
import { systemClock } from '../../src-main/engine/market/clock'
import { faultSchema } from '../../src-main/practice/fault'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange } from '../helpers/practice-client'

let exchange: PracticeExchange
let client: BinanceClient

beforeEach(async () => {
  exchange = await openPracticeExchange()
  const connected = await connectBinance(['BTC/USDT', 'ETH/USDT'], {
    baseUrl: exchange.url,
    timeoutMs: 20_000,
    attempts: 3,
    retryPauseMs: 10,
    random: () => 0.5,
    clock: systemClock,
  })
  if (!connected.ok) throw new Error(connected.problem.message)
  client = connected.value
})

afterEach(() => exchange.close())

describe("The desk's own client of Binance", () => {
  it('reads candles of the practice exchange', async () => {
    const fromMs = Date.UTC(2023, 3, 26, 18)
    const candles = await client.candles('BTC/USDT', '1m', fromMs)
    expect(candles).toMatchObject({ ok: true })
    if (candles.ok) expect(candles.value[0]?.openTimeMs).toBe(fromMs)
  })

  it.each([{ kind: 'cut' }, { kind: 'server_error' }, { kind: 'rate_limited', retryAfterS: 0 }])(
    'asks again after one answer was $kind',
    async (fault) => {
      exchange.inject(faultSchema.parse(fault))
      expect(await client.candles('BTC/USDT', '1m', exchange.clock.nowMs() - 3_600_000)).toMatchObject({ ok: true })
    },
  )

  it('says that the exchange is out of reach when every answer is cut', async () => {
    exchange.inject(faultSchema.parse({ kind: 'cut', times: 3 }))
    expect(await client.serverTimeMs()).toMatchObject({ ok: false, problem: { code: 'exchange_unreachable' } })
  })
})
