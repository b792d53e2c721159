import type { TransferProgress } from '@shared/contract/model-files'
import { ForeignText } from '../../components/foreign-text'
import { transferShare, transferText } from '../../format/model-words'

/** How a download goes on: bytes, speed and the time left, in words and as a bar. */
export function Transfer({ title, progress }: { readonly title: string; readonly progress: TransferProgress | null }) {
  const share = transferShare(progress)
  const percent = share === null ? undefined : Math.floor(share * 100)
  const text = transferText(progress)
  return (
    <div className="space-y-1">
      <div
        role="progressbar"
        aria-label={`Download of ${title}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={text}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div className="h-full rounded-full bg-accent" style={{ width: `${percent ?? 0}%` }} />
      </div>
      <p className="text-soft">
        {percent !== undefined && <span className="text-ink">{percent}% </span>}
        <ForeignText text={text} />
      </p>
    </div>
  )
}
