import type { ListedModel } from '@shared/contract/model-library'
import { useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { QuestionDialog } from '../../components/question-dialog'
import { SmallButton } from '../../components/small-button'
import { fileSize, fitSentences } from '../../format/model-words'
import { useModels, useModelsSession } from '../../store/desk-context'

const states = {
  same: 'as it was hashed',
  changed: 'changed since it was hashed: it is hashed anew before it is used',
  missing: 'gone: pull or import it again, or remove it',
} as const satisfies Record<ListedModel['state'], string>

/** A model file on this machine: what its header says, where it lies, whether it fits, and the way to be rid of it. */
export function InstalledFile({ model, inUse }: { readonly model: ListedModel; readonly inUse: boolean }) {
  const session = useModelsSession()
  const [asking, setAsking] = useState(false)
  const { id, header, sizeBytes, state, usedBy, path, owned, adapterPath } = model
  return (
    <div className="space-y-1">
      <p>
        <ForeignText text={id} className="font-medium" />{' '}
        <span className="text-soft">
          <ForeignText text={header.name} /> {fileSize(sizeBytes)}, {header.architecture} {header.quantization},{' '}
          {usedBy.length === 0 ? 'not in use' : `used by ${usedBy.join(', ')}`}
        </span>
      </p>
      <p className={state === 'same' ? 'text-faint' : 'text-warn'}>
        <ForeignText text={path} />, {states[state]}
      </p>
      {adapterPath !== null && (
        <p className="text-soft">
          Its adapter is <ForeignText text={adapterPath} />: convert it as resources/models/fingpt/README.md says and
          name it in inference.adapterFiles; until then the base answers alone.
        </p>
      )}
      <FitOf model={id} />
      <SmallButton tone="grave" onPress={() => setAsking(true)} label={`Remove ${id}`}>
        Remove …
      </SmallButton>
      {asking && (
        <QuestionDialog
          title={owned ? `Delete ${id}?` : `Forget ${id}?`}
          act={owned ? 'Delete the file' : 'Forget it'}
          leave="Keep it"
          onAct={() => void session.remove(id)}
          onClose={() => setAsking(false)}
        >
          <p>
            {owned ? 'This file is deleted from the disk: ' : 'The library forgets it; the file stays where it is: '}
            <ForeignText text={path} className="text-ink" />
            {owned && ` (${fileSize(sizeBytes)} would have to be downloaded again)`}.
          </p>
          {usedBy.length > 0 && (
            <p>From the next start of the desk on the starter serves {usedBy.join(', ')} instead.</p>
          )}
          {inUse && <p>The desk uses it just now, and may need it again before it is started anew.</p>}
        </QuestionDialog>
      )}
    </div>
  )
}

/** Of a model in use, measured with the machine. */
function FitOf({ model }: { readonly model: string }) {
  const machine = useModels((state) => state.machine)
  if (machine === null || !machine.ok) return null
  const check = machine.value.checks.find((known) => known.model === model)
  const failed = machine.value.failed.find((known) => known.model === model)
  if (failed !== undefined) return <ForeignText text={failed.message} className="text-warn" />
  if (check === undefined) return null
  return (
    <p className={check.fit.fits ? 'text-soft' : 'text-warn'}>
      <ForeignText text={fitSentences(check).join(' ')} />
    </p>
  )
}
