import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { ModalDialog } from '../../components/modal-dialog'
import { useDesk, useDeskSession } from '../../store/desk-context'
import { fieldsOf, type OrderKind, orderKindSchema, orderKinds, ticketFrom } from '../../store/order-ticket'
import { selectSymbol, selectSymbols } from '../../store/selectors'

const field = 'mt-1 w-full rounded border border-edge bg-ground px-2 py-1 text-sm text-ink'

/** An order by the trader's own hand, on paper. What the exchange refuses stands in the dialog with its reason. */
export function OrderDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useDeskSession()
  const symbols = useDesk(selectSymbols)
  const shown = useDesk(selectSymbol)
  const connected = useDesk((state) => state.link.phase === 'connected')
  const [kind, setKind] = useState<OrderKind>('market')
  const [trouble, setTrouble] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  // One id per ticket: pressing twice sends one order. What was refused may be mended, and is another ticket then.
  const [clientOrderId, setClientOrderId] = useState(newId)
  const fields = fieldsOf(kind)

  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const ticket = ticketFrom(Object.fromEntries(new FormData(event.currentTarget)), clientOrderId)
    if (!ticket.ok) return setTrouble(ticket.problem.message)
    setSending(true)
    setTrouble(null)
    const answer = await session.placeOrder(ticket.value)
    setSending(false)
    if (answer.ok) return onClose()
    if (answer.problem.code === 'order_refused') setClientOrderId(newId())
    setTrouble(answer.problem.message)
  }

  return (
    <ModalDialog title="New order, on paper" onClose={onClose}>
      <form onSubmit={(event) => void send(event)} className="mt-3 grid grid-cols-2 gap-3 text-xs text-soft">
        <Labelled
          name="Symbol"
          control={(id) => (
            <select id={id} name="symbol" defaultValue={shown ?? ''} className={field}>
              {symbols.map((symbol) => (
                <option key={symbol}>{symbol}</option>
              ))}
            </select>
          )}
        />
        <Labelled
          name="Side"
          control={(id) => (
            <select id={id} name="side" defaultValue="buy" className={field}>
              <option value="buy">Buy</option>
              <option value="sell">Sell</option>
            </select>
          )}
        />
        <Labelled
          name="Kind"
          control={(id) => (
            <select
              id={id}
              name="kind"
              value={kind}
              onChange={(event) => setKind(orderKindSchema.parse(event.target.value))}
              className={field}
            >
              {orderKindSchema.options.map((option) => (
                <option key={option} value={option}>
                  {orderKinds[option]}
                </option>
              ))}
            </select>
          )}
        />
        <Amount name="qtyBase" label="Quantity" />
        {fields.limit && <Amount name="priceQuote" label="Limit price" />}
        {fields.trigger && <Amount name="stopPriceQuote" label="Trigger price" />}
        {fields.trailing && <Amount name="trailingDeltaBps" label="Trailing, basis points (or empty)" />}
        {fields.timeInForce && (
          <Labelled
            name="Time in force"
            control={(id) => (
              <select id={id} name="timeInForce" defaultValue="GTC" className={field}>
                <option value="GTC">Until cancelled</option>
                <option value="IOC">Immediate, or cancel</option>
                <option value="FOK">All at once, or nothing</option>
              </select>
            )}
          />
        )}
        <label className="col-span-2 flex items-center gap-2">
          <input type="checkbox" name="reduceOnly" /> Only reduce a position
        </label>
        <p aria-live="assertive" className="col-span-2 min-h-4 text-warn">
          {trouble !== null && <ForeignText text={trouble} />}
        </p>
        <div className="col-span-2 flex justify-end gap-3">
          <button
            type="button"
            onClick={onClose}
            className="rounded border border-edge px-4 py-1.5 text-sm font-medium text-ink hover:bg-raised"
          >
            Close
          </button>
          <button
            type="submit"
            disabled={sending || !connected}
            className="rounded bg-accent px-4 py-1.5 text-sm font-semibold text-ground hover:brightness-110 disabled:opacity-50"
          >
            {sending ? 'Sending…' : 'Place order'}
          </button>
        </div>
      </form>
    </ModalDialog>
  )
}

function Labelled({ name, control }: { readonly name: string; readonly control: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id}>{name}</label>
      {control(id)}
    </div>
  )
}

function Amount({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <Labelled
      name={label}
      control={(id) => <input id={id} name={name} inputMode="decimal" autoComplete="off" className={field} />}
    />
  )
}

const ID_BYTES = 12

/** The trader's own name for an order, unlike any other. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
