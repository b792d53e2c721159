import { cancelAnswerSchema, orderSchema, ticketAnswerSchema } from '@shared/contract/order'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, quartet, type Started } from '../helpers/quartet'
import { serveDesk, waitFor } from '../helpers/served-desk'

const folder = dataFolder()
let desk: Started
let url: string

beforeAll(async () => {
  const served = await serveDesk(folder.home)
  desk = served.desk
  url = served.address.origin
  await waitFor(() => desk.stdout().includes('ETH/USDT'))
})

afterAll(async () => {
  desk.child.kill('SIGKILL')
  await desk.ended
  folder.remove()
})

async function order(...args: readonly string[]): Promise<{ code: number | null; json: unknown; stderr: string }> {
  const [command = '', ...rest] = args
  const ended = await quartet(['order', command, ...rest, '--url', url, '--json'], { home: folder.home })
  const json: unknown = ended.stdout === '' ? null : JSON.parse(ended.stdout)
  return { code: ended.code, json, stderr: ended.stderr }
}

const lowLimit = ['--symbol', 'BTC/USDT', '--side', 'buy', '--qty', '0.01', '--type', 'limit', '--price', '10000']

describe("a trader's own orders on the running desk", () => {
  test('are placed, listed, and cancelled; the same ticket twice is one order', async () => {
    const placed = await order('place', ...lowLimit, '--client-order-id', 'patient')
    const answer = ticketAnswerSchema.parse(placed.json)
    if (answer.kind !== 'accepted') throw new Error(`Not accepted: ${placed.stderr}`)
    expect(answer.orders).toMatchObject([{ side: 'buy', type: 'limit', priceQuote: '10000', reason: 'manual' }])
    expect((await order('place', ...lowLimit, '--client-order-id', 'patient')).json).toEqual({ kind: 'repeated' })

    const listed = z.object({ orders: z.array(orderSchema) }).parse((await order('list')).json)
    const mine = listed.orders.filter(({ reason }) => reason === 'manual')
    expect(mine.map(({ orderId }) => orderId)).toEqual(answer.orders.map(({ orderId }) => orderId))

    const [id = ''] = mine.map(({ orderId }) => orderId)
    expect(cancelAnswerSchema.parse((await order('cancel', id)).json).kind).toBe('cancelled')
    expect(cancelAnswerSchema.parse((await order('cancel', id)).json).kind).toBe('not_open')
  })

  test("are refused by Binance's filters in Binance's words", async () => {
    const tiny = await order('place', '--symbol', 'BTC/USDT', '--side', 'buy', '--qty', '0.000001')
    expect(tiny).toMatchObject({ code: 1, stderr: expect.stringContaining('-1013 Filter failure: LOT_SIZE') })
    expect(ticketAnswerSchema.parse(tiny.json)).toMatchObject({ kind: 'refused', refusal: { by: 'exchange' } })
    const short = await order('place', '--symbol', 'ETH/USDT', '--side', 'sell', '--qty', '1')
    expect(short.stderr).toContain('-2010 Account has insufficient balance for requested action.')
  })

  test('say what is wrong with a pair that is not watched, with an address where nobody is, and with a bad ticket', async () => {
    const unknown = await order('place', '--symbol', 'DOGE/USDT', '--side', 'buy', '--qty', '1')
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('DOGE/USDT is not watched') })
    const nobody = await quartet(['order', 'list', '--url', 'http://127.0.0.1:9'], { home: folder.home })
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('No desk answers at http://127.0.0.1:9') })
    const bad = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ symbol: 'BTC/USDT', side: 'buy', qtyBase: 'many', leverage: 20 }),
    })
    expect(bad.status).toBe(400)
    expect(await bad.text()).toMatch(/qtyBase.*leverage|leverage.*qtyBase/s)
  })
})
