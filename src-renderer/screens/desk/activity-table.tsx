import { deskStateOf, type JournalEvent } from '@shared/contract/journal'
import type { ReactNode } from 'react'
import { type Column, DataTable } from '../../components/data-table'
import { ForeignText } from '../../components/foreign-text'
import { price, quantity } from '../../format/figures'
import { deskStateNames } from '../../format/risk-words'
import { shortTime } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import { activityKey } from '../../store/desk-picture'
import type { Clock } from '../../store/desk-store'
import { selectActivity } from '../../store/selectors'
import { orderReasons } from './orders-table'

const MOST_SHOWN = 60

/** Orders, refusals, fills and changes of the desk's state, newest first. */
export function ActivityTable() {
  const activity = useDesk(selectActivity)
  const clock = useDesk((state) => state.clock)
  return (
    <DataTable
      label="Activity"
      columns={columns(clock)}
      rows={activity.slice(0, MOST_SHOWN)}
      rowKey={activityKey}
      empty="Nothing happened yet: no order, no refusal, no fill."
    />
  )
}

function columns(clock: Clock): readonly Column<JournalEvent>[] {
  return [
    { name: 'Time', cell: ({ atMs }) => <span className="whitespace-nowrap">{shortTime(atMs, clock)}</span> },
    { name: 'Event', cell: (event) => <span className="font-medium whitespace-nowrap">{eventName(event)}</span> },
    { name: 'Symbol', cell: eventSymbol },
    { name: 'What', cell: eventDetail },
  ]
}

function eventName(event: JournalEvent): string {
  switch (event.type) {
    case 'order.accepted':
      return `Order to ${event.payload.side}`
    case 'order.refused':
      return event.payload.by === 'risk' ? 'Refused by risk' : 'Rejected by exchange'
    case 'order.filled':
      return event.payload.side === 'buy' ? 'Bought' : 'Sold'
    case 'order.expired':
      return event.payload.status === 'cancelled' ? 'Order cancelled' : 'Order expired'
    case 'order.triggered':
      return 'Order triggered'
    case 'order.trailed':
      return 'Stop trailed'
    case 'desk.state':
      return deskStateNames[deskStateOf(event.payload.state)]
    case 'protection.acted':
      return protectionEnds(event) ? 'Protection ended' : 'Protection'
    case 'decision.made':
      return 'Decision'
    case 'news.read':
      return 'News'
    case 'market.anomaly':
      return 'Market'
    case 'run.started':
      return 'Run started'
    case 'run.finished':
      return 'Run finished'
  }
}

/** An act whose end is its own time lets entries through again. */
function protectionEnds({ atMs, payload }: Extract<JournalEvent, { type: 'protection.acted' }>): boolean {
  return payload.untilMs !== null && payload.untilMs <= atMs
}

function eventSymbol(event: JournalEvent): ReactNode {
  return 'symbol' in event.payload ? <span className="whitespace-nowrap">{event.payload.symbol}</span> : null
}

function eventDetail(event: JournalEvent): ReactNode {
  switch (event.type) {
    case 'order.accepted':
      return `${quantity(event.payload.qtyBase)} at the next price, ${orderReasons[event.payload.reason]}`
    case 'order.refused':
      return <ForeignText text={`${event.payload.code}: ${event.payload.message}`} />
    case 'order.filled':
      return `${quantity(event.payload.qtyBase)} at ${price(event.payload.priceQuote)}, ${orderReasons[event.payload.reason]}, fee ${quantity(event.payload.fee)} ${event.payload.feeAsset}`
    case 'order.expired':
    case 'desk.state':
    case 'protection.acted':
      return <ForeignText text={event.payload.reason} />
    case 'order.triggered':
      return `at ${price(event.payload.priceQuote)}`
    case 'order.trailed':
      return `best price ${price(event.payload.bestPriceQuote)}`
    case 'news.read':
      return <ForeignText text={event.payload.title} />
    case 'market.anomaly':
      return event.payload.anomaly.kind
    case 'decision.made':
      return event.payload.action
    case 'run.started':
    case 'run.finished':
      return null
  }
}
