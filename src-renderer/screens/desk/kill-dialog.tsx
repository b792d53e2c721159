import { useState } from 'react'
import { ModalDialog } from '../../components/modal-dialog'
import { count } from '../../format/figures'
import { useDesk, useDeskSession } from '../../store/desk-context'

/** The second step of the kill switch. The safe answer has the focus, so a key pressed twice stops nothing. */
export function KillDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useDeskSession()
  const positions = useDesk((state) => state.picture?.snapshot.account.positions.length ?? 0)
  const orders = useDesk((state) => state.picture?.snapshot.account.openOrders.length ?? 0)
  const freezes = useDesk((state) => state.picture?.snapshot.risk.killSwitch === 'freeze')
  const connected = useDesk((state) => state.link.phase === 'connected')
  const [sent, setSent] = useState(false)
  const stopEverything = async (): Promise<void> => {
    setSent(true)
    await session.command('kill')
    onClose()
  }
  return (
    <ModalDialog title="Stop everything?" onClose={onClose}>
      <p className="mt-3 text-sm text-soft">
        {freezes ? (
          <>
            The kill switch cancels every entry that waits and halts the desk. It is set to freeze: open positions (
            {count(positions)}) stay, with their stops. A new run starts halted too, until you resume.
          </>
        ) : (
          <>
            The kill switch cancels what is open ({count(orders)} {orders === 1 ? 'order' : 'orders'}), closes every
            position ({count(positions)}) at the next price and halts the desk. A new run starts halted too, until you
            resume.
          </>
        )}
      </p>
      {!connected && (
        <p role="alert" className="mt-3 text-sm text-warn">
          There is no connection to the engine, so it cannot be told now. To stop it without the screen, end Quartet
          where it was started.
        </p>
      )}
      <div className="mt-5 flex justify-end gap-3">
        <button
          type="button"
          onClick={onClose}
          className="rounded border border-edge px-4 py-1.5 text-sm font-medium hover:bg-raised"
        >
          Keep it as it is
        </button>
        <button
          type="button"
          disabled={sent || !connected}
          onClick={() => void stopEverything()}
          className="rounded bg-loss px-4 py-1.5 text-sm font-semibold text-ground hover:brightness-110 disabled:opacity-50"
        >
          {sent ? 'Stopping…' : 'Stop everything'}
        </button>
      </div>
    </ModalDialog>
  )
}
