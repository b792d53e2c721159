import type { ReactNode } from 'react'
import { ModalDialog } from './modal-dialog'

interface Props {
  readonly title: string
  readonly children: ReactNode
  /** The word on the button that acts, and the word on the one that does not. */
  readonly act: string
  readonly leave: string
  readonly onAct: () => void
  readonly onClose: () => void
}

/** Asks before something is taken away. The safe answer comes first and has the focus. */
export function QuestionDialog({ title, children, act, leave, onAct, onClose }: Props) {
  return (
    <ModalDialog title={title} onClose={onClose}>
      <div className="mt-3 space-y-2 text-sm text-soft">{children}</div>
      <div className="mt-5 flex justify-end gap-3">
        <button
          type="button"
          onClick={onClose}
          className="rounded border border-edge px-4 py-1.5 text-sm font-medium hover:bg-raised"
        >
          {leave}
        </button>
        <button
          type="button"
          onClick={() => {
            onAct()
            onClose()
          }}
          className="rounded bg-loss px-4 py-1.5 text-sm font-semibold text-ground hover:brightness-110"
        >
          {act}
        </button>
      </div>
    </ModalDialog>
  )
}
