import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GgufHeader, HubPlace, ModelFilesProblemCode, ModelSource } from '@shared/contract/model-files'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type GgufFileInfo, GgufFileType, readGgufFileInfo } from 'node-llama-cpp'
import { checkGgufBounds, headerIncomplete } from './gguf-bounds'
import { ask, type Hub, type Located, locate, refused } from './hub'

/** A header that was read, from a file or from the beginning of one that is still on the hub. */
export interface OpenedHeader {
  readonly info: GgufFileInfo
  /** Of the whole file, also where only its beginning was fetched. */
  readonly sizeBytes: number
  /** Removes what was fetched. */
  close(): Promise<void>
}

type HeaderOutcome<Value> = Outcome<Value, ModelFilesProblemCode>

export async function openHeader(
  source: ModelSource,
  hub: () => Promise<HeaderOutcome<Hub>>,
  signal: AbortSignal,
): Promise<HeaderOutcome<OpenedHeader>> {
  if (source.kind === 'file') return readHeader(source.path, null)
  const known = await hub()
  return known.ok ? openRemoteHeader(known.value, source.place, signal) : known
}

/** How much of a remote file is fetched at first, and how much at most: vocabularies take from 2 to 12 MB. */
const firstBytes = [16 << 20, 64 << 20]

async function openRemoteHeader(hub: Hub, place: HubPlace, signal: AbortSignal): Promise<HeaderOutcome<OpenedHeader>> {
  const located = await locate(hub, place, signal)
  if (!located.ok) return located
  const folder = await mkdtemp(join(tmpdir(), 'quartet-header-'))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'header.gguf')
  const outcome = await fetchHeader(path, { hub, place, located: located.value, signal }).catch(async (error) => {
    await close()
    throw error
  })
  if (outcome.ok) return success({ ...outcome.value, close })
  await close()
  const { code, message } = outcome.problem
  return failure(code, message.replaceAll(path, `${place.repository}/${place.file}`))
}

interface RemoteHeader {
  readonly hub: Hub
  readonly place: HubPlace
  readonly located: Located
  readonly signal: AbortSignal
}

/** Fetches as much of the file to `path` as its header takes; a connection that breaks is thrown. */
async function fetchHeader(path: string, { hub, place, located, signal }: RemoteHeader) {
  for (const length of firstBytes) {
    const range = `bytes=0-${length - 1}`
    const response = await ask(located.url, { headers: { ...located.headers, range }, signal })
    if (!response.ok) return response
    if (!response.value.ok) return refused(place, hub, response.value)
    await writeStart(path, response.value, length)
    const total = Number(response.value.headers.get('content-range')?.split('/')[1])
    const bounds = await checkGgufBounds(path)
    if (!bounds.ok && bounds.problem.code === headerIncomplete && length < (firstBytes.at(-1) ?? 0)) continue
    return readHeader(path, located.sizeBytes ?? (Number.isFinite(total) ? total : null))
  }
  return failure('model_broken', `${place.file} has an endless header.`)
}

/** The first bytes of an answer, whatever else its server wants to send. */
async function writeStart(path: string, response: Response, mostBytes: number): Promise<void> {
  const file = await open(path, 'w')
  let written = 0
  try {
    for await (const bytes of response.body ?? []) {
      await file.write(bytes)
      written += bytes.length
      if (written >= mostBytes) break
    }
  } finally {
    await file.close()
  }
}

async function readHeader(path: string, wholeBytes: number | null): Promise<HeaderOutcome<OpenedHeader>> {
  const bounds = await checkGgufBounds(path)
  if (!bounds.ok) {
    const { code, message } = bounds.problem
    return failure(code === headerIncomplete ? 'model_broken' : code, message)
  }
  try {
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', spliceSplitFiles: false, logWarnings: false })
    if (typeof info.metadata.general?.architecture !== 'string' || (info.tensorInfo ?? []).length === 0) {
      return failure('model_broken', `${path} is damaged: its header names no architecture or holds no tensors.`)
    }
    return success({ info, sizeBytes: wholeBytes ?? bounds.value.sizeBytes, close: async () => undefined })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return failure('model_broken', `The header of ${path} cannot be read (${why}). Download or copy it again.`)
  }
}

const mostShownChars = 200

/** The lines of a header that a person wants to see; texts are cut and freed of control characters. */
export function describeHeader({ info, sizeBytes }: OpenedHeader): GgufHeader {
  const { general, tokenizer } = info.metadata
  const elements = (info.tensorInfo ?? []).map(({ dimensions }) =>
    dimensions.reduce<number>((product, size) => product * Number(size), 1),
  )
  const tokens: unknown = tokenizer?.ggml?.tokens
  return {
    sizeBytes,
    architecture: shown(general?.architecture),
    name: shown(general?.name),
    quantization: quantizationName(general?.file_type),
    parameters: elements.reduce((sum, count) => sum + count, 0),
    layers: whole(info.architectureMetadata.block_count),
    trainContextTokens: whole(info.architectureMetadata.context_length),
    vocabularySize: Array.isArray(tokens) ? tokens.length : 0,
    hasChatTemplate: typeof tokenizer?.chat_template === 'string',
    licence: shown(general?.license),
  }
}

function shown(text: unknown): string {
  return typeof text === 'string' ? text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, mostShownChars) : ''
}

function whole(value: unknown): number {
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}

function quantizationName(fileType: unknown): string {
  const name = typeof fileType === 'number' ? GgufFileType[fileType] : undefined
  return name === undefined ? 'unknown' : name.replace(/^(MOSTLY|ALL)_/, '')
}
