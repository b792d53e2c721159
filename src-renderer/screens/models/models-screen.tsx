/**
 * The model library: which model sits in which of the four seats, what there is to fetch, what lies on this machine, and
 * what fits it. Each part is a component beside this file; what they show comes from the models' store.
 */
import { ArrowLeft } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { KeyCap } from '../../components/key-cap'
import { SmallButton } from '../../components/small-button'
import { useModels, useModelsSession } from '../../store/desk-context'
import { otherJobs, seatsOf } from '../../store/model-seats'
import { FilesOnDisk } from './files-on-disk'
import { JobLines } from './job-lines'
import { MachineStrip } from './machine-strip'
import { SeatCard } from './seat-card'

export function ModelsScreen({ onClose }: { readonly onClose: () => void }) {
  const session = useModelsSession()
  const view = useModels((state) => state.view)
  const problem = useModels((state) => state.problem)
  const heading = useRef<HTMLHeadingElement>(null)
  const seats = useMemo(() => (view === null ? [] : seatsOf(view)), [view])
  useEffect(() => {
    heading.current?.focus()
    void session.open()
  }, [session])

  return (
    <section
      id="models"
      aria-labelledby="models-heading"
      className="absolute inset-0 space-y-2 overflow-y-auto bg-ground pb-16"
    >
      <header className="sticky top-0 z-10 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line bg-surface px-3 py-2">
        <h2 id="models-heading" ref={heading} tabIndex={-1} className="text-sm font-semibold outline-none">
          Models
        </h2>
        <p className="min-w-0 flex-1 text-xs text-soft">
          Four seats share the desk. A seat without a model of its own is served by the starter. A choice made here
          holds from the next start of the desk on: a run keeps the models it began with.
        </p>
        <button
          type="button"
          onClick={onClose}
          className="inline-flex h-8 items-center gap-1.5 rounded border border-edge bg-raised px-2.5 text-xs font-semibold hover:border-accent"
        >
          <ArrowLeft aria-hidden className="size-3.5" />
          Back to the desk
          <KeyCap>M</KeyCap>
        </button>
      </header>
      <MachineStrip />
      {problem !== null && (
        <p role="alert" className="rounded-md border border-warn/50 bg-warn/10 px-3 py-2 text-xs text-warn">
          <ForeignText text={problem} />
        </p>
      )}
      {view === null && problem === null && <p className="p-3 text-xs text-soft">Reading the library …</p>}
      {view !== null && (
        <>
          <JobLines jobs={otherJobs(view)} />
          <div className="grid grid-cols-1 gap-2 lg:grid-cols-2">
            {seats.map((seat) => (
              <SeatCard key={seat.slot} seat={seat} installed={view.installed} />
            ))}
          </div>
          <FilesOnDisk view={view} />
          <footer className="flex flex-wrap items-center gap-3 px-1 pb-2 text-xs text-soft">
            <span>
              Downloads go to <ForeignText text={view.folder} /> (setting models.folder).
            </span>
            {view.installed.length > 0 && (
              <SmallButton onPress={() => void session.verify()}>Hash every file anew</SmallButton>
            )}
            {view.problems.map(({ source, entry, message }) => (
              <p key={`${source} ${entry}`} className="w-full text-warn">
                <ForeignText text={[source, entry, message].filter(Boolean).join(': ')} />
              </p>
            ))}
          </footer>
        </>
      )}
    </section>
  )
}
