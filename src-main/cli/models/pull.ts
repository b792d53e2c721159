import type { TransferProgress } from '@shared/contract/model-files'
import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { watchInterruption } from '../interruption'
import { note, print } from '../output'
import { plainText } from '../plain-text'
import { bytesText, durationText } from './figures'
import { slotLine } from './slot-line'

export interface PullModelOptions {
  readonly acceptLicence: boolean
  readonly acceptSha256?: string
  readonly json: boolean
}

/** Shows the licence before the first download, then fetches; Ctrl-C pauses. */
export async function pullModel(library: ModelLibrary, name: string, options: PullModelOptions): Promise<number> {
  const interruption = watchInterruption('Pausing; the same command goes on from here.')
  const licence = await acceptedLicence(library, name, options)
  if (!licence.ok) return failWith(licence.problem)
  const pulled = await library.pull(name, {
    acceptLicence: licence.value,
    acceptSha256: options.acceptSha256 ?? null,
    signal: interruption.signal,
    onProgress: progressLines(),
  })
  if (!pulled.ok) {
    const code = failWith(pulled.problem)
    return interruption.exitCode() ?? code
  }
  const model = pulled.value
  return print(options.json, model, () => [
    plainText(`${model.id} is installed: ${bytesText(model.sizeBytes)}, SHA-256 ${model.sha256}.`),
    slotLine(library, model),
    ...(model.adapterPath === null
      ? []
      : [
          `Its adapter is ${model.adapterPath}: convert it as resources/models/fingpt/README.md says and name it in inference.adapterFiles; until then the base answers alone.`,
        ]),
  ])
}

async function acceptedLicence(library: ModelLibrary, name: string, { acceptLicence }: PullModelOptions) {
  const listed = await library.list()
  if (!listed.ok) return listed
  const entry =
    listed.value.entries.find((known) => known.entry.id === name) ??
    listed.value.entries.find((known) => known.entry.slot === name)
  // An unknown name has no licence; the pull itself says so.
  if (entry === undefined || entry.licenceAccepted) return { ok: true as const, value: null }
  const licence = await library.licence(entry.entry.id)
  if (!licence.ok) return licence
  note(plainText(licence.value.text))
  note(`This is the licence of ${entry.entry.title}: ${licence.value.name}, ${licence.value.url}`)
  return { ok: true as const, value: acceptLicence ? licence.value.textSha256 : null }
}

const lineEveryMs = 1000

/** A line a second while bytes come, and one for every change. */
function progressLines(): (progress: TransferProgress) => void {
  let shownAtMs = Number.NEGATIVE_INFINITY
  let shownPhase = ''
  return ({ transferId, phase, receivedBytes, totalBytes, bytesPerSecond, secondsLeft, note: why }) => {
    const now = performance.now()
    const isNew = phase !== shownPhase || why !== ''
    if (!isNew && now - shownAtMs < lineEveryMs) return
    shownAtMs = now
    shownPhase = phase
    const of = totalBytes === null ? '' : ` of ${bytesText(totalBytes)}`
    const share = totalBytes === null ? '' : ` (${((100 * receivedBytes) / totalBytes).toFixed(1)} %)`
    const left = secondsLeft === null ? '' : `, ${durationText(secondsLeft)} left`
    const speed = phase === 'receiving' ? `, ${bytesText(bytesPerSecond)}/s${left}` : ''
    const reason = why === '' ? '' : `: ${why}`
    note(plainText(`${transferId} ${phase} ${bytesText(receivedBytes)}${of}${share}${speed}${reason}`))
  }
}
