import type { LicenceText } from '@shared/contract/model-library'
import type { Outcome } from '@shared/contract/outcome'
import { useEffect, useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { ModalDialog } from '../../components/modal-dialog'
import { fileSize } from '../../format/model-words'
import { useModels, useModelsSession } from '../../store/desk-context'
import type { ListedEntry } from '../../store/model-seats'
import { FitLines } from './fit-lines'

interface Props {
  readonly listed: ListedEntry
  readonly onClose: () => void
}

/** Before the first byte: whether the model fits, and the words of its licence, which must be agreed to once. */
export function PullDialog({ listed, onClose }: Props) {
  const { entry, licenceAccepted } = listed
  const session = useModelsSession()
  const judged = useModels((state) => state.fits.get(entry.id))
  const [licence, setLicence] = useState<Outcome<LicenceText> | null>(null)
  const [agreed, setAgreed] = useState(false)
  useEffect(() => {
    let wanted = true
    void session.check(entry.id)
    if (!licenceAccepted) void session.licence(entry.id).then((answer) => wanted && setLicence(answer))
    return () => {
      wanted = false
    }
  }, [session, entry.id, licenceAccepted])

  const check = judged?.ok === true ? judged.value.checks[0] : undefined
  const mayAgree = licence?.ok === true
  const isReady = judged != null && (licenceAccepted || (mayAgree && agreed)) && check?.disk.enough !== false
  const begin = (): void => {
    void session.pull(entry.id, { licence: licence?.ok ? licence.value.textSha256 : null, sha256: null })
    onClose()
  }
  return (
    <ModalDialog title={`Download ${entry.title}`} onClose={onClose}>
      <div className="mt-3 space-y-3 text-xs">
        <p className="text-soft">
          {fileSize(entry.bytes ?? entry.aboutBytes)} from <ForeignText text={entry.repository} />
          {entry.adapter !== null && (
            <>
              , and an adapter from <ForeignText text={entry.adapter.repository} />
            </>
          )}
          . The file is held to its hash before it is used.
        </p>
        <FitLines model={entry.id} />
        {licenceAccepted ? (
          <p className="text-soft">You have agreed to “{entry.licence.name}” before.</p>
        ) : (
          <Licence entry={entry} licence={licence} />
        )}
        {!licenceAccepted && (
          <label className="flex items-start gap-2">
            <input
              type="checkbox"
              disabled={!mayAgree}
              checked={agreed}
              onChange={({ target }) => setAgreed(target.checked)}
            />
            <span>I have read this licence and agree to it.</span>
          </label>
        )}
      </div>
      <div className="mt-5 flex justify-end gap-3">
        <button
          type="button"
          onClick={onClose}
          className="rounded border border-edge px-4 py-1.5 text-sm font-medium hover:bg-raised"
        >
          Not now
        </button>
        <button
          type="button"
          disabled={!isReady}
          onClick={begin}
          className="rounded bg-accent px-4 py-1.5 text-sm font-semibold text-ground hover:brightness-110 disabled:opacity-50"
        >
          {check?.fit.fits === false ? 'Download all the same' : 'Download'}
        </button>
      </div>
    </ModalDialog>
  )
}

/** The text scrolls with the arrow keys once it has the focus. */
const scrolledByKeys = { tabIndex: 0, 'data-own-arrows': true }

function Licence({ entry, licence }: Pick<ListedEntry, 'entry'> & { readonly licence: Outcome<LicenceText> | null }) {
  return (
    <section aria-live="polite">
      <p className="mb-1">
        Licence: <ForeignText text={entry.licence.name} className="font-medium" />{' '}
        <ForeignText text={`(${entry.licence.url})`} className="text-faint" />
      </p>
      {licence === null && <p className="text-soft">Fetching its text …</p>}
      {licence?.ok === false && <ForeignText text={licence.problem.message} className="text-warn" />}
      {licence?.ok === true && (
        <div
          role="document"
          aria-label="Text of the licence"
          {...scrolledByKeys}
          className="max-h-52 overflow-y-auto rounded border border-line bg-ground p-2 font-mono text-2xs whitespace-pre-wrap text-soft"
        >
          <ForeignText text={licence.value.text} />
        </div>
      )}
    </section>
  )
}
