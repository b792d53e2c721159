import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { settingsSchema } from '@shared/contract/settings'
import { expect, it } from 'vitest'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { candleAt, decisionOf, rulesOf, runId, theFill } from './paper-trade'

const root = new URL('../../../', import.meta.url)
const page = readFileSync(fileURLToPath(new URL('docs/paper-exchange.md', root)), 'utf8')
const recording = gunzipSync(
  readFileSync(fileURLToPath(new URL('resources/sample-data/BTCUSDT-1h.csv.gz', root))),
).toString()

function recordedCandle(iso: string) {
  const openTimeMs = Date.parse(iso)
  const row = recording.split('\n').find((line) => line.startsWith(`${openTimeMs},`)) ?? ''
  const [, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.split(',').map(Number)
  return { ...candleAt(0, { open }), openTimeMs, high, low, close, volume }
}

/** The last column of the page's tables. */
const results = [...page.matchAll(/^\|.*\| (-?[\d.]+)[^|]*\|$/gm)].map(([, result]) => result)

it('The worked example on the page about the paper exchange is what the exchange does with the recorded candles', () => {
  const floor = paperFloor({ runId, timeframe: '1h', settings: settingsSchema.parse({}), rulesOf })
  const settle = (account: ReturnType<typeof floor.openAccount>, iso: string) => {
    const update = { symbol: 'BTC/USDT', timeframe: '1h', candle: recordedCandle(iso), anomalies: [] } as const
    const events = floor.settle(account, update)
    return { events, account: floor.fold(account, events) }
  }

  const signal = recordedCandle('2021-05-18T23:00:00Z')
  const point = { action: 'buy', price: signal.close, decidedAtMs: Date.parse('2021-05-19T00:00:00Z') } as const
  const exits = floor.exits('buy', { ...decisionOf(point).context, atr14: 924.46 }, null)
  const decision = { ...decisionOf(point), ...exits }
  const decided = floor.fold(floor.openAccount(), [
    { type: 'decision.made', atMs: point.decidedAtMs, payload: decision },
  ])
  const [order] = floor.trade(decided, decision, 'active', point.decidedAtMs)
  if (order?.type !== 'order.accepted') throw new Error('The entry was refused')

  const entered = settle(floor.fold(decided, [order]), '2021-05-19T00:00:00Z')
  const buy = theFill(entered.events)
  const afterBuy = floor.summarize(entered.account)
  const stopped = settle(entered.account, '2021-05-19T01:00:00Z')
  const sell = theFill(stopped.events)
  const afterSell = floor.summarize(stopped.account)

  const costSold =
    Number(afterBuy.positions[0]?.costQuote) - Number(stopped.account.holdings.get('BTC/USDT')?.costQuote)
  expect(results).toEqual([
    ...[exits.stopLoss, exits.takeProfit, buy.priceQuote, order.payload.qtyBase],
    ...[buy.priceQuote, buy.notionalQuote, buy.fee, afterBuy.positions[0]?.qtyBase, afterBuy.cash],
    ...[sell.priceQuote, sell.qtyBase, sell.notionalQuote, sell.fee, costSold.toFixed(8), sell.realizedQuote],
    afterSell.cash,
  ])
  expect(stopped.account.holdings.get('BTC/USDT')?.qtyBase.free.toFixed()).toBe('0.00000534')
})
