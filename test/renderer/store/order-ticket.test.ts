import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldsOf, orderKindSchema, ticketFrom } from '../../../src-renderer/store/order-ticket'

const form = { symbol: 'BTC/USDT', side: 'buy', kind: 'market', qtyBase: '0.5' }
const whole = { symbol: 'BTC/USDT', clientOrderId: 'mine', side: 'buy', qtyBase: '0.5' }

describe('an order ticket', () => {
  test.each([
    ['a market order', {}, { ...whole, type: 'market' }],
    [
      'a limit order that may only reduce',
      { kind: 'limit', side: 'sell', priceQuote: ' 43000.10 ', timeInForce: 'FOK', reduceOnly: 'on' },
      { ...whole, side: 'sell', type: 'limit', priceQuote: '43000.10', timeInForce: 'FOK', reduceOnly: true },
    ],
    [
      'a stop',
      { kind: 'stop_loss', stopPriceQuote: '40000' },
      { ...whole, type: 'stop_loss', stopPriceQuote: '40000' },
    ],
    [
      'a stop that trails at once',
      { kind: 'stop_loss', side: 'sell', trailingDeltaBps: '150' },
      { ...whole, side: 'sell', type: 'stop_loss', trailingDeltaBps: 150 },
    ],
    [
      'a take-profit with a limit',
      { kind: 'take_profit_limit', stopPriceQuote: '50000', priceQuote: '49990', timeInForce: 'GTC' },
      { ...whole, type: 'take_profit_limit', stopPriceQuote: '50000', priceQuote: '49990', timeInForce: 'GTC' },
    ],
    [
      'an OCO',
      { kind: 'oco', side: 'sell', priceQuote: '50000', stopPriceQuote: '40000' },
      {
        ...whole,
        side: 'sell',
        type: 'limit_maker',
        priceQuote: '50000',
        stop: { type: 'stop_loss', stopPriceQuote: '40000' },
      },
    ],
    [
      'what an earlier kind of order left in the form',
      { priceQuote: '1', stopPriceQuote: 'x' },
      { ...whole, type: 'market' },
    ],
  ])('says %s', (_, typed, ticket) => {
    expect(ticketFrom({ ...form, ...typed }, 'mine')).toEqual({ ok: true, value: ticket })
  })

  test.each([
    [{ qtyBase: '' }, /Quantity/],
    [{ qtyBase: '0' }, /Quantity/],
    [{ qtyBase: '-1' }, /Quantity/],
    [{ qtyBase: '1e3' }, /Quantity/],
    [{ qtyBase: '1,5' }, /Quantity/],
    [{ kind: 'limit' }, /Limit price/],
    [{ kind: 'stop_loss' }, /Trigger price/],
    [{ kind: 'stop_loss', trailingDeltaBps: '1.5' }, /whole basis points/],
    [{ kind: 'oco', priceQuote: '1' }, /Trigger price/],
    [{ kind: 'iceberg' }, /not filled in/],
    [{ symbol: 'bitcoin' }, /symbol/],
  ])('that is not filled in (%j) says what is missing', (typed, message) => {
    expect(ticketFrom({ ...form, ...typed }, 'mine')).toMatchObject({
      ok: false,
      problem: { code: 'ticket_incomplete', message: expect.stringMatching(message) },
    })
  })

  test('keeps every digit that was typed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), (digits) => {
        const ticket = ticketFrom({ ...form, qtyBase: `${digits}.00000001` }, 'mine')
        expect(ticket.ok && ticket.value.qtyBase).toBe(`${digits}.00000001`)
      }),
    )
  })

  test('asks for a limit, a trigger or neither, as its kind needs', () => {
    expect(
      Object.fromEntries(
        orderKindSchema.options.map((kind) => {
          const { limit, trigger } = fieldsOf(kind)
          return [kind, `${limit ? 'limit' : ''} ${trigger ? 'trigger' : ''}`.trim()]
        }),
      ),
    ).toEqual({
      market: '',
      limit: 'limit',
      limit_maker: 'limit',
      stop_loss: 'trigger',
      stop_loss_limit: 'limit trigger',
      take_profit: 'trigger',
      take_profit_limit: 'limit trigger',
      oco: 'limit trigger',
    })
  })
})
