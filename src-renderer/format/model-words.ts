import type { CatalogueEntry } from '@shared/contract/catalogue'
import type { TransferProgress } from '@shared/contract/model-files'
import type { ModelCheck, ModelJob } from '@shared/contract/model-library'
import { count } from './figures'

/** "4.68 GB": sizes as disks and downloads are sold, in powers of ten. */
export function fileSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`
  return `${(bytes / 1e3).toFixed(1)} kB`
}

/** "1 h 12 min", "3 min 5 s", "40 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`
}

const phases = {
  asking: 'Asking the hub',
  receiving: 'Downloading',
  waiting: 'Waiting',
  hashing: 'Checking the whole file',
} as const satisfies Record<TransferProgress['phase'], string>

/** "Downloading: 1.20 GB of 4.68 GB, 12.3 MB/s, 4 min 43 s left". An adapter comes after its model. */
export function transferText(progress: TransferProgress | null): string {
  if (progress === null) return 'Beginning …'
  const { transferId, phase, receivedBytes, totalBytes, bytesPerSecond, secondsLeft, note } = progress
  const of = totalBytes === null ? '' : ` of ${fileSize(totalBytes)}`
  const left = secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`
  const speed = phase === 'receiving' ? `, ${fileSize(bytesPerSecond)}/s${left}` : ''
  const what = transferId.endsWith('.adapter') ? ' (its adapter)' : ''
  return `${phases[phase]}${what}: ${fileSize(receivedBytes)}${of}${speed}${note === '' ? '' : `. ${note}`}`
}

/** How much has come, from 0 to 1; null where nobody knows how much it will be. */
export function transferShare(progress: TransferProgress | null): number | null {
  if (progress === null || progress.totalBytes === null || progress.totalBytes === 0) return null
  return Math.min(1, progress.receivedBytes / progress.totalBytes)
}

/** What is being downloaded, for a line on the desk: "tiny, 29%", "2 downloads"; null while nothing is. */
export function downloadsText(jobs: readonly ModelJob[]): string | null {
  const running = jobs.filter(({ kind, ended }) => kind === 'pull' && ended === null)
  const [first] = running
  if (first === undefined) return null
  if (running.length > 1) return `${running.length} downloads`
  const share = transferShare(first.progress)
  return share === null ? first.model : `${first.model}, ${Math.floor(share * 100)}%`
}

const speedClasses = { medium: 'medium', fast: 'fast', fastest: 'the fastest' } as const

/** What the catalogue says of a model, name and figure. */
export function entryFacts(entry: CatalogueEntry): readonly (readonly [string, string])[] {
  const size = entry.bytes === null ? `about ${fileSize(entry.aboutBytes)}` : fileSize(entry.bytes)
  return [
    ['Size', `${size}, ${entry.quantization}`],
    ['Context', `${count(entry.slotContextTokens)} of ${count(entry.contextTokens)} tokens`],
    ['Speed', speedClasses[entry.speedClass]],
    ['Side by side', `up to ${entry.maxSequences} questions`],
    ['Knows up to', entry.knowledgeCutoff ?? 'unknown'],
    ['Licence', entry.licence.name],
    ...(entry.monthlyUsd === 0 ? [] : [['Rented instead', `about ${entry.monthlyUsd} USD a month`] as const]),
  ]
}

/** What was found out about a model on this machine, in sentences. */
export function fitSentences({ installed, fit, disk }: ModelCheck): string[] {
  const { lowTokensPerSecond, highTokensPerSecond, bandwidthFrom } = fit.speed
  const [low, high] = [count(lowTokensPerSecond), count(highTokensPerSecond)]
  const basis = bandwidthFrom === 'device' ? 'the memory of this device' : 'an ordinary machine’s memory'
  return [
    `${fit.fits ? 'It fits.' : 'It does not fit.'} ${fit.reason}`,
    ...(fit.fits
      ? [
          `A question has ${count(fit.contextTokens)} tokens of context. About ${low === high ? low : `${low} to ${high}`} ` +
            `tokens a second are written, estimated from ${basis}.`,
        ]
      : []),
    ...(installed
      ? []
      : [
          `The disk of ${disk.folder} has ${fileSize(disk.freeBytes)} free; ${fileSize(disk.neededBytes)} are needed` +
            `${disk.enough ? '.' : ': make room, or choose another folder with the setting models.folder.'}`,
        ]),
  ]
}

/** What the trader can do besides what the sentence of the problem says; empty where that says all. */
export function pullAdvice(code: string): string {
  switch (code) {
    case 'token_needed':
    case 'access_denied':
      return 'Quartet takes the token from HF_TOKEN when it starts, or from the file that “hf auth login” writes, at every download.'
    case 'not_found':
      return 'The publisher has moved it. A catalogue.json of your own in the data folder can name another place, or import a file that you have.'
    case 'network_failed':
    case 'stalled':
      return 'What has come is kept. HF_ENDPOINT names a mirror, HTTPS_PROXY a proxy; both are read when Quartet starts.'
    case 'rate_limited':
      return 'What has come is kept: go on in some minutes.'
    case 'disk_full':
      return 'What has come is kept: go on once there is room.'
    default:
      return ''
  }
}
