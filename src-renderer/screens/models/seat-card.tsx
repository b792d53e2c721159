import type { ListedModel } from '@shared/contract/model-library'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { useId } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { Panel } from '../../components/panel'
import { SmallButton } from '../../components/small-button'
import { count, milliseconds } from '../../format/figures'
import { slotProfiles } from '../../format/model-names'
import { useDesk, useDeskSession, useModelsSession } from '../../store/desk-context'
import type { Seat } from '../../store/model-seats'
import { EntryBlock } from './entry-block'
import { InstalledFile } from './installed-file'

interface Props {
  readonly seat: Seat
  /** Those of all seats, since each may sit here. */
  readonly installed: readonly ListedModel[]
}

/** One seat: how it does, which model it uses, and what the catalogue and this machine have for it. */
export function SeatCard({ seat, installed }: Props) {
  const { name, specialty } = slotProfiles[seat.slot]
  return (
    <Panel title={name} aside={<span className="text-2xs text-faint">{`${seat.slot}, ${specialty}`}</span>}>
      <div className="space-y-3 p-3 text-xs">
        <Health seat={seat} />
        <ModelChoice seat={seat} installed={installed} />
        {seat.entries.map(({ listed, stage }) => (
          <EntryBlock key={listed.entry.id} listed={listed} stage={stage} inUse={seat.inUse} />
        ))}
        {seat.others.map((model) => (
          <div key={model.id} className="border-t border-line/60 pt-3">
            <InstalledFile model={model} inUse={seat.inUse === model.id} />
          </div>
        ))}
      </div>
    </Panel>
  )
}

function Health({ seat }: { readonly seat: Seat }) {
  const session = useDeskSession()
  const health = useDesk((state) => state.picture?.snapshot.slots.find(({ slot }) => slot === seat.slot))
  if (health === undefined) return null
  const { healthy, servedBy, reason, requests, errors, latencyP50Ms } = health
  const Icon = healthy ? CircleCheck : CircleAlert
  const server = servedBy === seat.slot ? (seat.inUse ?? 'its own model') : servedBy === 'none' ? 'nobody' : servedBy
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Icon aria-hidden className={`size-3.5 shrink-0 ${healthy ? 'text-gain' : 'text-warn'}`} />
      <span>
        <span className="sr-only">{healthy ? 'Healthy: ' : 'Not healthy: '}</span>
        served by <ForeignText text={server} className="font-medium" />
        {healthy && reason !== '' && <ForeignText text={`, ${reason}`} />}
      </span>
      <span className="text-faint">
        {count(requests)} asked, {count(errors)} failed, median {milliseconds(latencyP50Ms)}
      </span>
      {!healthy && <ForeignText text={reason} className="w-full text-warn" />}
      {!healthy && (
        <SmallButton onPress={() => void session.reopenModels()} label={`Try ${seat.slot} again`}>
          Try again
        </SmallButton>
      )}
    </div>
  )
}

const starter = ''

function ModelChoice({ seat, installed }: Props) {
  const session = useModelsSession()
  const id = useId()
  const { slot, chosen, inUse } = seat
  const isStranger = chosen !== null && !installed.some((model) => model.id === chosen)
  return (
    <div>
      <label htmlFor={id} className="text-faint">
        Model of this seat
      </label>
      <select
        id={id}
        value={chosen ?? starter}
        onChange={({ target }) => void session.choose(slot, target.value === starter ? null : target.value)}
        className="mt-1 w-full rounded border border-edge bg-ground px-2 py-1 text-ink"
      >
        <option value={starter}>The starter (bundled)</option>
        {isStranger && <option value={chosen}>{chosen} (by the settings)</option>}
        {installed.map((model) => (
          <option key={model.id} value={model.id} disabled={model.state === 'missing'}>
            {model.id}, {model.header.quantization}
            {model.state === 'missing' ? ' (its file is gone)' : ''}
          </option>
        ))}
      </select>
      {chosen !== inUse && (
        <p role="status" className="mt-1 text-warn">
          The desk goes on with <ForeignText text={inUse ?? 'the starter'} /> until it is started again.
        </p>
      )}
    </div>
  )
}
