import { type KeyboardEvent, useId, useState } from 'react'
import { count } from '../../format/figures'
import { useDesk } from '../../store/desk-context'
import { ActivityTable } from './activity-table'
import { OrdersTable } from './orders-table'
import { PositionsTable } from './positions-table'
import { RiskOverview } from './risk-overview'

const views = ['positions', 'orders', 'risk', 'activity'] as const
type View = (typeof views)[number]

/** A tab panel without controls is itself a stop of the Tab key, so that the arrow keys can scroll it (ARIA APG, Tabs). */
const scrolledByKeys = { tabIndex: 0, 'data-own-arrows': true }

/** What the desk holds, what it has asked for, what risk says to it, and what happened: one at a time. */
export function Holdings({ onOrder }: { readonly onOrder: (() => void) | null }) {
  const [view, setView] = useState<View>('positions')
  const positions = useDesk((state) => state.picture?.snapshot.account.positions.length ?? 0)
  const orders = useDesk((state) => state.picture?.snapshot.account.openOrders.length ?? 0)
  const held = useDesk((state) => state.picture?.snapshot.risk.protections.length ?? 0)
  const id = useId()
  const names: Readonly<Record<View, string>> = {
    positions: `Positions (${count(positions)})`,
    orders: `Orders (${count(orders)})`,
    risk: held === 0 ? 'Risk' : `Risk (${count(held)} held back)`,
    activity: 'Activity',
  }
  const pressed = (event: KeyboardEvent<HTMLElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const next = views[(views.indexOf(view) + step + views.length) % views.length]
    if (step === 0 || next === undefined) return
    setView(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }

  return (
    <section
      aria-label="Holdings"
      className="flex h-44 shrink-0 flex-col overflow-hidden rounded-md border border-line bg-surface [@media(min-height:800px)]:h-56"
    >
      <div className="flex h-8 shrink-0 items-stretch justify-between border-b border-line px-1">
        <div role="tablist" aria-label="Holdings" className="flex" onKeyDown={pressed}>
          {views.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-selected={view === name}
              aria-controls={`${id}-panel`}
              tabIndex={view === name ? 0 : -1}
              onClick={() => setView(name)}
              className={`border-b-2 px-3 text-xs font-semibold hover:bg-raised ${view === name ? 'border-accent' : 'border-transparent text-soft'}`}
            >
              {names[name]}
            </button>
          ))}
        </div>
        {onOrder !== null && (
          <button
            type="button"
            onClick={onOrder}
            className="my-1 mr-1 rounded border border-edge px-2 text-2xs font-medium text-soft hover:bg-raised"
          >
            New order
          </button>
        )}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${view}`}
        {...scrolledByKeys}
        className="min-h-0 flex-1 overflow-auto"
      >
        {view === 'positions' && <PositionsTable />}
        {view === 'orders' && <OrdersTable />}
        {view === 'risk' && <RiskOverview />}
        {view === 'activity' && <ActivityTable />}
      </div>
    </section>
  )
}
