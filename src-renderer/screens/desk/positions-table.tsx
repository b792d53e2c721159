import type { Position } from '@shared/contract/order'
import { type Column, DataTable } from '../../components/data-table'
import { SignedFigure } from '../../components/signed-figure'
import { money, NO_FIGURE, price, quantity, signedMoney, signedPercent } from '../../format/figures'
import { shortTime } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import type { Clock } from '../../store/desk-store'

const none: readonly Position[] = []

/** The open positions with the prices at which the desk would leave them; amounts in the quote asset. */
export function PositionsTable() {
  const positions = useDesk((state) => state.picture?.snapshot.account.positions ?? none)
  const clock = useDesk((state) => state.clock)
  return (
    <DataTable
      label="Open positions"
      columns={columns(clock)}
      rows={positions}
      rowKey={(position) => position.symbol}
      empty="No open position."
    />
  )
}

function columns(clock: Clock): readonly Column<Position>[] {
  return [
    { name: 'Symbol', cell: ({ symbol }) => <span className="font-semibold whitespace-nowrap">{symbol}</span> },
    { name: 'Unrealised', align: 'right', cell: unrealized },
    { name: 'Quantity', align: 'right', cell: ({ qtyBase }) => quantity(qtyBase) },
    { name: 'Value', align: 'right', cell: ({ valueQuote }) => money(valueQuote) },
    { name: 'Entry', align: 'right', cell: ({ averagePriceQuote }) => price(averagePriceQuote) },
    { name: 'Last', align: 'right', cell: ({ lastPriceQuote }) => price(lastPriceQuote) },
    { name: 'Stop', align: 'right', cell: ({ stopLoss }) => exitPrice(stopLoss) },
    { name: 'Take-profit', align: 'right', cell: ({ takeProfit }) => exitPrice(takeProfit) },
    { name: 'Opened', align: 'right', cell: ({ openedAtMs }) => shortTime(openedAtMs, clock) },
  ]
}

function unrealized({ unrealizedQuote, costQuote }: Position) {
  const gain = Number(unrealizedQuote)
  const cost = Number(costQuote)
  return (
    <SignedFigure
      value={gain}
      text={`${signedMoney(unrealizedQuote)} (${cost === 0 ? NO_FIGURE : signedPercent(gain / cost)})`}
    />
  )
}

export function exitPrice(text: string | null): string {
  return text === null ? NO_FIGURE : price(text)
}
