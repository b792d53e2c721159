import { useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { QuestionDialog } from '../../components/question-dialog'
import { SmallButton } from '../../components/small-button'
import { entryFacts, fileSize, pullAdvice } from '../../format/model-words'
import { useModels, useModelsSession } from '../../store/desk-context'
import type { EntryStage, ListedEntry } from '../../store/model-seats'
import { AcceptHash } from './accept-hash'
import { FitLines } from './fit-lines'
import { InstalledFile } from './installed-file'
import { PullDialog } from './pull-dialog'
import { Transfer } from './transfer'

interface Props {
  readonly listed: ListedEntry
  readonly stage: EntryStage
  readonly inUse: string | null
}

/** A model of the catalogue: what is known of it beforehand, and where it stands on its way to this machine. */
export function EntryBlock({ listed, stage, inUse }: Props) {
  const { entry } = listed
  return (
    <article aria-label={entry.title} className="space-y-2 border-t border-line/60 pt-3">
      <h3 className="font-medium">
        <ForeignText text={entry.title} />
      </h3>
      <p className="text-soft">
        <ForeignText text={`${entry.useCase} Strengths: ${entry.strengths.join('; ')}.`} />
      </p>
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-x-4 gap-y-1">
        {entryFacts(entry).map(([name, text]) => (
          <div key={name}>
            <dt className="text-2xs text-faint">{name}</dt>
            <dd>
              <ForeignText text={text} />
            </dd>
          </div>
        ))}
      </dl>
      {stage.kind === 'installed' ? (
        stage.model !== null && <InstalledFile model={stage.model} inUse={inUse === stage.model.id} />
      ) : (
        <OnItsWay listed={listed} stage={stage} />
      )}
    </article>
  )
}

function OnItsWay({ listed, stage }: Pick<Props, 'listed'> & { readonly stage: EntryStage }) {
  const session = useModelsSession()
  const [dialog, setDialog] = useState<'none' | 'pull' | 'discard'>('none')
  const { entry, licenceAccepted } = listed
  const { id, title } = entry
  const kept = stage.kind === 'paused' || stage.kind === 'failed' ? stage.bytes : 0
  const begin = (): void => {
    // What was begun was agreed to and checked before.
    if (kept > 0 && licenceAccepted) void session.pull(id, { licence: null, sha256: null })
    else setDialog('pull')
  }
  return (
    <div className="space-y-2">
      <FitLines model={id} />
      {stage.kind === 'running' && <Transfer title={title} progress={stage.progress} />}
      {stage.kind === 'paused' && <p className="text-soft">Paused; {fileSize(kept)} have come and are kept.</p>}
      {stage.kind === 'failed' && (
        <div role="alert" className="text-warn">
          <ForeignText text={`${stage.message} ${pullAdvice(stage.code)}`.trim()} />
          {stage.code === 'hash_mismatch' && <AcceptHash model={id} />}
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        {stage.kind === 'running' ? (
          <SmallButton tone="main" onPress={() => void session.pause(id)} label={`Pause ${title}`}>
            Pause
          </SmallButton>
        ) : (
          <SmallButton tone="main" onPress={begin} label={`${wordOf(stage, kept)} ${title}`}>
            {wordOf(stage, kept)}
          </SmallButton>
        )}
        {(stage.kind === 'running' || stage.kind === 'failed' || kept > 0) && (
          <SmallButton tone="grave" onPress={() => setDialog('discard')} label={`Cancel ${title}`}>
            Cancel …
          </SmallButton>
        )}
        {stage.kind !== 'running' && <CheckButton model={id} title={title} />}
      </div>
      {dialog === 'pull' && <PullDialog listed={listed} onClose={() => setDialog('none')} />}
      {dialog === 'discard' && (
        <QuestionDialog
          title={`Cancel the download of ${title}?`}
          act="Throw it away"
          leave="Keep what has come"
          onAct={() => void session.discard(id)}
          onClose={() => setDialog('none')}
        >
          <p>
            What has come so far is deleted, and so is a file that was set aside for its hash. To go on later instead,
            pause it.
          </p>
        </QuestionDialog>
      )}
    </div>
  )
}

function wordOf(stage: EntryStage, kept: number): string {
  if (kept > 0) return 'Go on'
  return stage.kind === 'failed' ? 'Try again …' : 'Download …'
}

function CheckButton({ model, title }: { readonly model: string; readonly title: string }) {
  const session = useModelsSession()
  const isJudged = useModels((state) => state.fits.get(model) === null)
  return (
    <SmallButton onPress={() => void session.check(model)} disabled={isJudged} label={`Does ${title} fit?`}>
      Does it fit?
    </SmallButton>
  )
}
