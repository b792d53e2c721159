import { decimalText } from '@shared/contract/money'
import { type OrderTicket, orderTicketSchema } from '@shared/contract/order'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

/** Kinds of order that the ticket offers; an OCO is a limit order and a stop of which one ends the other. */
export const orderKinds = {
  market: 'Market',
  limit: 'Limit',
  limit_maker: 'Limit, maker only',
  stop_loss: 'Stop',
  stop_loss_limit: 'Stop limit',
  take_profit: 'Take profit',
  take_profit_limit: 'Take-profit limit',
  oco: 'OCO: limit and stop',
} as const

export const orderKindSchema = z.enum([
  'market',
  'limit',
  'limit_maker',
  'stop_loss',
  'stop_loss_limit',
  'take_profit',
  'take_profit_limit',
  'oco',
])

export type OrderKind = z.infer<typeof orderKindSchema>

/** Which fields a kind of order has. */
export interface OrderFields {
  readonly limit: boolean
  readonly trigger: boolean
  /** The trigger may follow the price instead of standing still. */
  readonly trailing: boolean
  readonly timeInForce: boolean
}

export function fieldsOf(kind: OrderKind): OrderFields {
  const limit = kind === 'limit' || kind === 'limit_maker' || kind === 'oco' || kind.endsWith('_limit')
  const trigger = kind === 'oco' || kind.startsWith('stop_') || kind.startsWith('take_')
  return {
    limit,
    trigger,
    trailing: trigger && kind !== 'oco',
    timeInForce: kind === 'limit' || kind.endsWith('_limit'),
  }
}

const formSchema = z.object({
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  kind: orderKindSchema,
  qtyBase: z.string(),
  priceQuote: z.string().default(''),
  stopPriceQuote: z.string().default(''),
  trailingDeltaBps: z.string().default(''),
  timeInForce: z.enum(['GTC', 'IOC', 'FOK']).optional(),
  reduceOnly: z.literal('on').optional(),
})

/** A form's fields as they were typed. A field that the kind does not have is left out, whatever stands in it. */
export function ticketFrom(
  typed: Readonly<Record<string, unknown>>,
  clientOrderId: string,
): Outcome<OrderTicket, 'ticket_incomplete'> {
  const form = formSchema.safeParse(typed)
  if (!form.success) return failure('ticket_incomplete', 'The order is not filled in.')
  const { symbol, side, kind, timeInForce, reduceOnly } = form.data
  const fields = fieldsOf(kind)
  const qtyBase = amount(form.data.qtyBase)
  if (qtyBase === null) return missing('Quantity')
  const priceQuote = fields.limit ? amount(form.data.priceQuote) : undefined
  if (priceQuote === null) return missing('Limit price')
  const trails = fields.trailing && form.data.trailingDeltaBps.trim() !== ''
  const trailingDeltaBps = trails ? wholeNumber(form.data.trailingDeltaBps) : undefined
  if (trailingDeltaBps === null)
    return failure('ticket_incomplete', 'The trailing distance must be whole basis points.')
  const typedTrigger = form.data.stopPriceQuote.trim()
  // A trailing order without a price begins to trail at once.
  const stopPriceQuote = fields.trigger && !(trails && typedTrigger === '') ? amount(typedTrigger) : undefined
  if (stopPriceQuote === null) return missing('Trigger price')
  const isOco = kind === 'oco'
  const ticket = orderTicketSchema.safeParse({
    symbol,
    side,
    qtyBase,
    clientOrderId,
    type: isOco ? 'limit_maker' : kind,
    ...(priceQuote === undefined ? {} : { priceQuote }),
    ...(isOco
      ? { stop: { type: 'stop_loss', stopPriceQuote } }
      : stopPriceQuote === undefined
        ? {}
        : { stopPriceQuote }),
    ...(trailingDeltaBps === undefined ? {} : { trailingDeltaBps }),
    ...(fields.timeInForce && timeInForce !== undefined ? { timeInForce } : {}),
    ...(reduceOnly === undefined ? {} : { reduceOnly: true }),
  })
  return ticket.success ? success(ticket.data) : failure('ticket_incomplete', z.prettifyError(ticket.error))
}

const missing = (name: string) => failure('ticket_incomplete', `${name} must be a number above zero, such as 0.25.`)

/** A decimal as it was typed: never through a float, which would change its last digits. */
function amount(typed: string): string | null {
  const text = typed.trim()
  return decimalText.safeParse(text).success && !text.startsWith('-') && /[1-9]/.test(text) ? text : null
}

function wholeNumber(typed: string): number | null {
  return /^[1-9]\d{0,5}$/.test(typed.trim()) ? Number(typed) : null
}
