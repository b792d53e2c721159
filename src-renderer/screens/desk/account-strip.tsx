import type { ReactNode } from 'react'
import { SignedFigure } from '../../components/signed-figure'
import { count, money, signedMoney, signedPercent } from '../../format/figures'
import { useDesk } from '../../store/desk-context'

/** The paper account in one line; all amounts in the quote asset. */
export function AccountStrip() {
  const account = useDesk((state) => state.picture?.snapshot.account ?? null)
  if (account === null) return null
  const start = Number(account.equityStart)
  const change = start === 0 ? 0 : Number(account.equity) / start - 1
  return (
    <section aria-label="Account" className="shrink-0 rounded-md border border-line bg-surface">
      <dl className="grid grid-cols-[1.6fr_repeat(4,1fr)_0.7fr_0.7fr] divide-x divide-line">
        <Figure name={`Equity, ${account.quoteAsset}`}>
          <span className="text-base font-semibold">{money(account.equity)}</span>
          <SignedFigure className="ml-2 text-xs" text={signedPercent(change)} value={change} />
        </Figure>
        <Figure name="Cash">{money(account.cash)}</Figure>
        <Figure name="Realised">
          <SignedFigure text={signedMoney(account.realized)} value={Number(account.realized)} />
        </Figure>
        <Figure name="Unrealised">
          <SignedFigure text={signedMoney(account.unrealized)} value={Number(account.unrealized)} />
        </Figure>
        <Figure name="Fees paid">{money(account.feesPaid)}</Figure>
        <Figure name="Positions">{count(account.positions.length)}</Figure>
        <Figure name="Orders">{count(account.openOrders.length)}</Figure>
      </dl>
    </section>
  )
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0 px-3 py-1.5">
      <dt className="text-2xs text-faint">{name}</dt>
      <dd className="flex h-6 items-center overflow-hidden text-sm whitespace-nowrap">{children}</dd>
    </div>
  )
}
