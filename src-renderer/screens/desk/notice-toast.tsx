import { CircleCheck, TriangleAlert, X } from 'lucide-react'
import { useEffect } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { useDesk, useDeskContext } from '../../store/desk-context'

const SHOWN_MS = 8_000

/** The engine's answer to the last command. A failure stays until it is taken away. */
export function NoticeToast() {
  const { store } = useDeskContext()
  const notice = useDesk((state) => state.notice)
  useEffect(() => {
    if (notice?.tone !== 'done') return
    const timer = setTimeout(() => store.setState({ notice: null }), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [notice, store])
  if (notice === null) return null
  const failed = notice.tone === 'failed'
  return (
    <div
      role={failed ? 'alert' : 'status'}
      className="fixed bottom-4 left-1/2 z-20 flex max-w-[80vw] -translate-x-1/2 items-center gap-3 rounded-md border border-edge bg-raised px-4 py-2 text-sm shadow-xl"
    >
      {failed ? (
        <TriangleAlert aria-hidden className="size-4 shrink-0 text-warn" />
      ) : (
        <CircleCheck aria-hidden className="size-4 shrink-0 text-gain" />
      )}
      <ForeignText text={notice.text} />
      <button
        type="button"
        aria-label="Dismiss"
        onClick={() => store.setState({ notice: null })}
        className="rounded p-1 text-soft hover:text-ink"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </div>
  )
}
