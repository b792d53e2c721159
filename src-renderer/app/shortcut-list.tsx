import { CloseButton } from '../components/close-button'
import { ModalDialog } from '../components/modal-dialog'
import { shortcuts } from './shortcuts'

export function ShortcutList({ onClose }: { readonly onClose: () => void }) {
  return (
    <ModalDialog title="Keyboard" onClose={onClose}>
      <dl className="mt-4 grid grid-cols-[3rem_1fr] items-center gap-y-2 text-sm">
        {shortcuts.map(({ id, shown, does }) => (
          <div key={id} className="contents">
            <dt>
              <kbd className="inline-block min-w-7 rounded border border-edge bg-raised px-1.5 text-center font-mono text-xs leading-6">
                {shown}
              </kbd>
            </dt>
            <dd className="text-soft">{does}</dd>
          </div>
        ))}
      </dl>
      <CloseButton onClose={onClose} />
    </ModalDialog>
  )
}
