import type { SlotHealth } from '@shared/contract/model'
import { CircleAlert, CircleCheck } from 'lucide-react'
import type { Ref } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { Panel } from '../../components/panel'
import { count, milliseconds } from '../../format/figures'
import { slotProfiles } from '../../format/model-names'
import { downloadsText } from '../../format/model-words'
import { useDesk, useModels } from '../../store/desk-context'

const none: readonly SlotHealth[] = []

interface Props {
  readonly onDetails: () => void
  /** The button that opens the library: who comes back from there finds the focus on it. */
  readonly opener: Ref<HTMLButtonElement>
}

/** The four seats at the desk: whether each can answer, who answers for it, and how fast. */
export function ModelsPanel({ onDetails, opener }: Props) {
  const downloads = useModels((state) => (state.view === null ? null : downloadsText(state.view.jobs)))
  const slots = useDesk((state) => state.picture?.snapshot.slots ?? none)
  return (
    <Panel
      title="Models"
      aside={
        <span className="flex items-center gap-3 text-2xs text-faint">
          {downloads === null ? (
            'served by · median · asked / failed'
          ) : (
            <ForeignText text={`downloading ${downloads}`} className="max-w-56 truncate" />
          )}
          <button
            ref={opener}
            type="button"
            onClick={onDetails}
            className="rounded border border-edge px-1.5 text-soft hover:bg-raised"
          >
            Manage
          </button>
        </span>
      }
      className="shrink-0"
    >
      <ul className="divide-y divide-line/60">
        {slots.map((health) => (
          <SlotLine key={health.slot} health={health} />
        ))}
      </ul>
    </Panel>
  )
}

function SlotLine({ health }: { readonly health: SlotHealth }) {
  const { name, specialty } = slotProfiles[health.slot]
  const Icon = health.healthy ? CircleCheck : CircleAlert
  return (
    <li className="px-3 py-1">
      <div className="grid grid-cols-[minmax(0,1fr)_4rem_4rem_5rem] items-center gap-2 text-xs">
        <span className="flex min-w-0 items-center gap-1.5">
          <Icon aria-hidden className={`size-3.5 shrink-0 ${health.healthy ? 'text-gain' : 'text-warn'}`} />
          <span className="sr-only">{health.healthy ? 'Healthy:' : 'Not healthy:'}</span>
          <span className="truncate font-medium" title={`${health.slot}, ${specialty}`}>
            {name}
          </span>
        </span>
        <span className={health.servedBy === 'none' ? 'text-warn' : 'text-soft'}>
          {health.servedBy === health.slot ? 'itself' : health.servedBy === 'none' ? 'nobody' : health.servedBy}
        </span>
        <span className="text-right">{milliseconds(health.latencyP50Ms)}</span>
        <span className="text-right">
          {count(health.requests)} / {count(health.errors)}
        </span>
      </div>
      <p
        className={`truncate pl-5 text-2xs text-faint ${health.healthy ? '[@media(max-height:799px)]:sr-only' : ''}`}
        title={health.reason}
      >
        {specialty}
        {health.reason !== '' && ': '}
        <ForeignText text={health.reason} />
      </p>
    </li>
  )
}
