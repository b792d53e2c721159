import type { CheckedModels } from '@shared/contract/model-library'
import { ForeignText } from '../../components/foreign-text'
import { gibibytes } from '../../format/figures'
import { useModels } from '../../store/desk-context'

/** What the models run on: GPU or processor by name, memory used and free, and which models stay loaded together. */
export function MachineStrip() {
  const machine = useModels((state) => state.machine)
  return (
    <section
      aria-label="Machine"
      aria-live="polite"
      className="rounded-md border border-line bg-surface px-3 py-2 text-xs"
    >
      {machine === null && <p className="text-soft">Asking the machine …</p>}
      {machine?.ok === false && <ForeignText text={machine.problem.message} className="text-warn" />}
      {machine?.ok === true && <Facts checked={machine.value} />}
    </section>
  )
}

function Facts({ checked }: { readonly checked: CheckedModels }) {
  const { gpu, deviceNames, vram, ram, cpu, llamaCppRelease } = checked.machine
  const { warm, onDemand, tooLarge } = checked.plan
  const facts: readonly (readonly [string, string])[] = [
    ['Runs on', gpu === false ? `CPU: ${cpu.name}, ${cpu.cores} cores` : `GPU (${gpu}): ${deviceNames.join(', ')}`],
    ...(gpu === false ? [] : [['GPU memory', memoryText(vram)] as const]),
    ['Memory', memoryText(ram)],
    ['llama.cpp', llamaCppRelease],
    ...(warm.length === 0 ? [] : [['Loaded together', warm.join(', ')] as const]),
    ...(onDemand.length === 0 ? [] : [['Loaded when asked', onDemand.join(', ')] as const]),
    ...(tooLarge.length === 0 ? [] : [['Too large', tooLarge.join(', ')] as const]),
  ]
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1">
      {facts.map(([name, text]) => (
        <div key={name} className="flex min-w-0 gap-2">
          <dt className="shrink-0 text-faint">{name}</dt>
          <dd className="min-w-0">
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
