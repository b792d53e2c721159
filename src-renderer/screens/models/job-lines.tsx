import type { ModelJob } from '@shared/contract/model-library'
import { LoaderCircle, TriangleAlert } from 'lucide-react'
import { ForeignText } from '../../components/foreign-text'

/** Files that are being taken in or hashed anew, and what went wrong with that. Downloads stand with their models. */
export function JobLines({ jobs }: { readonly jobs: readonly ModelJob[] }) {
  return (
    <div aria-live="polite" className="space-y-1 text-xs empty:hidden">
      {jobs.map(({ kind, model, ended }) => (
        <p
          key={`${kind} ${model}`}
          className="flex items-center gap-2 rounded-md border border-line bg-surface px-3 py-1.5"
        >
          {ended === null ? (
            <LoaderCircle aria-hidden className="size-3.5 shrink-0 animate-spin text-soft motion-reduce:animate-none" />
          ) : (
            <TriangleAlert aria-hidden className="size-3.5 shrink-0 text-warn" />
          )}
          <span className="min-w-0">
            {kind === 'verify' ? 'Hashing every installed file' : 'Reading and hashing '}
            {kind === 'import' && <ForeignText text={model} />}
            {ended === null ? ' …' : ': '}
            {ended !== null && <ForeignText text={ended.message} className="text-warn" />}
          </span>
        </p>
      ))}
    </div>
  )
}
