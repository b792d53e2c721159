import type { ListedModel, ModelCheck } from '@shared/contract/model-library'
import { useEffect, useState } from 'react'
import { CloseButton } from '../../components/close-button'
import { ForeignText } from '../../components/foreign-text'
import { ModalDialog } from '../../components/modal-dialog'
import { gibibytes } from '../../format/figures'
import { slotProfiles } from '../../format/model-names'
import { useDeskSession } from '../../store/desk-context'
import type { ModelsReading } from '../../store/desk-session'

/** The machine's GPU or processor with its memory, and each model on it: for which seat, whether it fits, and how. */
export function ModelsDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useDeskSession()
  const [reading, setReading] = useState<ModelsReading | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    void session.readModels().then((answer) => {
      if (!wanted) return
      if (answer.ok) setReading(answer.value)
      else setTrouble(answer.problem.message)
    })
    return () => {
      wanted = false
    }
  }, [session])
  return (
    <ModalDialog title="Models on this machine" onClose={onClose}>
      <div className="mt-3 space-y-4 text-xs" aria-live="polite">
        {trouble !== null && <p className="text-warn">{trouble}</p>}
        {trouble === null && reading === null && <p className="text-soft">Asking the machine …</p>}
        {reading !== null && (
          <>
            <MachineFacts reading={reading} />
            <Installed reading={reading} />
          </>
        )}
      </div>
      <CloseButton onClose={onClose} />
    </ModalDialog>
  )
}

function MachineFacts({ reading }: { readonly reading: ModelsReading }) {
  const { gpu, deviceNames, vram, ram, cpu, llamaCppRelease } = reading.checked.machine
  const facts: readonly (readonly [string, string])[] = [
    ['Runs on', gpu === false ? `CPU: ${cpu.name}, ${cpu.cores} cores` : `GPU (${gpu}): ${deviceNames.join(', ')}`],
    ...(gpu === false ? [] : [['GPU memory', memoryText(vram)] as const]),
    ['Memory', memoryText(ram)],
    ['llama.cpp', llamaCppRelease],
  ]
  return (
    <dl className="grid grid-cols-[6rem_1fr] gap-y-1">
      {facts.map(([name, text]) => (
        <div key={name} className="contents">
          <dt className="text-faint">{name}</dt>
          <dd>
            <ForeignText text={text} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function memoryText({ totalBytes, freeBytes }: { readonly totalBytes: number; readonly freeBytes: number }): string {
  return `${gibibytes(totalBytes - freeBytes)} used, ${gibibytes(freeBytes)} free of ${gibibytes(totalBytes)}`
}

function Installed({ reading }: { readonly reading: ModelsReading }) {
  const { installed } = reading.view
  if (installed.length === 0) {
    return (
      <p className="text-soft">
        No model is installed yet: the starter serves every seat. See what there is with{' '}
        <code>npm run -s quartet -- models list</code>, and whether it fits with <code>models check</code>.
      </p>
    )
  }
  return (
    <ul className="divide-y divide-line/60">
      {installed.map((model) => (
        <InstalledLine
          key={model.id}
          model={model}
          check={reading.checked.checks.find((checked) => checked.model === model.id)}
        />
      ))}
    </ul>
  )
}

function InstalledLine({ model, check }: { readonly model: ListedModel; readonly check: ModelCheck | undefined }) {
  const state = model.state === 'same' ? '' : `, ${model.state}`
  return (
    <li className="py-1.5">
      <p className="font-medium">
        {slotProfiles[model.slot].name}: <ForeignText text={model.header.name || model.id} />
      </p>
      <p className="text-soft">
        {gibibytes(model.sizeBytes)}, {model.header.quantization}
        {state}
        {model.usedBy.length === 0 ? ', not in use' : ''}
      </p>
      {check !== undefined && (
        <p className={check.fit.fits ? 'text-soft' : 'text-warn'}>
          <ForeignText text={check.fit.reason} />
        </p>
      )}
    </li>
  )
}
