import type { Order } from '@shared/contract/order'
import { ActionTag } from '../../components/action-tag'
import { type Column, DataTable } from '../../components/data-table'
import { quantity } from '../../format/figures'
import { shortTime } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import type { Clock } from '../../store/desk-store'
import { exitPrice } from './positions-table'

const none: readonly Order[] = []

/** Orders that wait for their symbol's next candle. */
export function OrdersTable() {
  const orders = useDesk((state) => state.picture?.snapshot.account.openOrders ?? none)
  const clock = useDesk((state) => state.clock)
  return (
    <DataTable
      label="Open orders"
      columns={columns(clock)}
      rows={orders}
      rowKey={(order) => order.orderId}
      empty="No open order. A market order waits here until its symbol's next candle fills it."
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
    { name: 'Stop', align: 'right', cell: ({ stopLoss }) => exitPrice(stopLoss) },
    { name: 'Take-profit', align: 'right', cell: ({ takeProfit }) => exitPrice(takeProfit) },
    { name: 'Because of', cell: ({ reason }) => orderReasons[reason] },
  ]
}
