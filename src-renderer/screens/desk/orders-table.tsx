import type { Order } from '@shared/contract/order'
import { ActionTag } from '../../components/action-tag'
import { type Column, DataTable } from '../../components/data-table'
import { quantity } from '../../format/figures'
import { shortTime } from '../../format/times'
import { useDesk, useDeskSession } from '../../store/desk-context'
import type { Clock } from '../../store/desk-store'
import { orderKinds } from '../../store/order-ticket'
import { exitPrice } from './positions-table'

const none: readonly Order[] = []

/** Orders that wait: for their symbol's next candle, for their price, or for their trigger. */
export function OrdersTable() {
  const orders = useDesk((state) => state.picture?.snapshot.account.openOrders ?? none)
  const clock = useDesk((state) => state.clock)
  return (
    <DataTable
      label="Open orders"
      columns={columns(clock)}
      rows={orders}
      rowKey={(order) => order.orderId}
      empty="No open order. A market order waits here until its symbol's next candle fills it; O writes a new one."
    />
  )
}

export const orderReasons: Readonly<Record<Order['reason'], string>> = {
  decision: 'decision',
  stop_loss: 'stop reached',
  take_profit: 'take-profit reached',
  kill_switch: 'kill switch',
  manual: 'by hand',
}

function columns(clock: Clock): readonly Column<Order>[] {
  return [
    {
      name: 'Placed',
      cell: ({ placedAtMs }) => <span className="whitespace-nowrap">{shortTime(placedAtMs, clock)}</span>,
    },
    { name: 'Symbol', cell: ({ symbol }) => <span className="font-semibold whitespace-nowrap">{symbol}</span> },
    { name: 'Side', cell: ({ side }) => <ActionTag action={side} /> },
    { name: 'Quantity', align: 'right', cell: ({ qtyBase }) => quantity(qtyBase) },
    {
      name: 'Kind',
      cell: ({ type, timeInForce }) =>
        `${orderKinds[type]}${timeInForce === undefined || timeInForce === 'GTC' ? '' : `, ${timeInForce}`}`,
    },
    { name: 'At', align: 'right', cell: orderPrice },
    { name: 'Stop', align: 'right', cell: ({ stopLoss }) => exitPrice(stopLoss) },
    { name: 'Take-profit', align: 'right', cell: ({ takeProfit }) => exitPrice(takeProfit) },
    { name: 'Because of', cell: ({ reason }) => orderReasons[reason] },
    { name: '', align: 'right', cell: (order) => <CancelButton order={order} /> },
  ]
}

/** The limit, and the trigger or the distance at which a stop trails. */
function orderPrice({ priceQuote = null, stopPriceQuote = null, trailingDeltaBps = null }: Order): string {
  const parts = [
    ...(priceQuote === null ? [] : [exitPrice(priceQuote)]),
    ...(stopPriceQuote === null ? [] : [`trigger ${exitPrice(stopPriceQuote)}`]),
    ...(trailingDeltaBps === null ? [] : [`trailing ${trailingDeltaBps} bps`]),
  ]
  return parts.length === 0 ? 'next price' : parts.join(', ')
}

function CancelButton({ order: { orderId, side, symbol } }: { readonly order: Order }) {
  const session = useDeskSession()
  return (
    <button
      type="button"
      aria-label={`Cancel the order to ${side} ${symbol}`}
      onClick={() => void session.cancelOrder(orderId)}
      className="rounded border border-edge px-1.5 text-2xs text-soft hover:bg-raised"
    >
      Cancel
    </button>
  )
}
