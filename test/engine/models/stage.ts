import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Slot } from '@shared/contract/model'
import type { Outcome } from '@shared/contract/outcome'
import type { ModelLibrary, PullOptions } from '../../../src-main/engine/models/library'
import { openLibraryHere } from '../../../src-main/engine/open-library'
import { contentOf, type HubContent, type LoopbackHub, startLoopbackHub } from '../../helpers/loopback-hub'
import { temporaryFolder } from '../../helpers/temporary-folder'

/** The catalogue entry and the licence of the stage lie in this repository of its hub. */
export const repository = 'desk/tiny-GGUF'
export const entryId = 'tiny'
export const licenceText = 'You may do with this model what you like.\n'
export const licenceHash = createHash('sha256').update(licenceText).digest('hex')
const bundledPath = fileURLToPath(new URL('../../../resources/models/catalogue.json', import.meta.url))

export interface LibraryStage {
  readonly hub: LoopbackHub
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
  /** The file's place after a pull. */
  readonly modelPath: string
  open(env?: NodeJS.ProcessEnv): ModelLibrary
  /** Publishes a model file under the stage's entry and writes the entry into the trader's catalogue. */
  offer(content: HubContent, changes?: Readonly<Record<string, unknown>>): void
  settings(): Record<string, unknown>
  writeSettings(settings: unknown): void
  close(): Promise<void>
}

/** A data folder with a catalogue of one tiny model, and a hub that offers it. */
export async function libraryStage(program: string): Promise<LibraryStage> {
  const hub = await startLoopbackHub()
  const dataDir = temporaryFolder('library')
  const home = join(dataDir, 'home')
  mkdirSync(home)
  const settingsPath = join(dataDir, 'settings.json')
  const env = { PATH: process.env.PATH, HOME: home, HF_ENDPOINT: hub.url }
  const libraries: ModelLibrary[] = []
  return {
    hub,
    dataDir,
    env,
    modelPath: join(dataDir, 'models', entryId, 'tiny-Q8_0.gguf'),
    open(changes = {}) {
      const library = openLibraryHere(
        { dataDir, cataloguePath: bundledPath, modelFilesProgram: program, nodePath: process.execPath },
        { ...env, ...changes },
      )
      libraries.push(library)
      return library
    },
    offer(content, changes = {}) {
      hub.publish({ repository, path: 'tiny-Q8_0.gguf', content })
      hub.publish({ repository, path: 'LICENSE', content: contentOf(Buffer.from(licenceText)) })
      const { sizeBytes } = content
      const entry = { ...tinyEntry, bytes: sizeBytes, aboutBytes: sizeBytes, sha256: content.sha256, ...changes }
      writeFileSync(join(dataDir, 'catalogue.json'), JSON.stringify({ entries: [entry] }))
    },
    settings: () => JSON.parse(readFileSync(settingsPath, 'utf8')),
    writeSettings: (settings) => writeFileSync(settingsPath, JSON.stringify(settings)),
    async close() {
      for (const library of libraries) await library.close()
      await hub.close()
    },
  }
}

const slot: Slot = 'phi3'

const tinyEntry = {
  id: entryId,
  slot,
  title: 'A tiny model',
  repository,
  file: 'tiny-Q8_0.gguf',
  revision: 'main',
  quantization: 'F32',
  contextTokens: 8192,
  slotContextTokens: 512,
  promptForm: 'chatml',
  licence: {
    name: 'As you like it',
    url: 'https://example.org/licence',
    source: { repository, file: 'LICENSE', revision: 'main' },
  },
  knowledgeCutoff: null,
  speedClass: 'fastest',
  maxSequences: 4,
  monthlyUsd: 0,
  specialisation: 'testing',
  strengths: ['small'],
  useCase: 'Tests.',
  adapter: null,
}

/** Pulls the stage's entry, with its licence accepted. */
export function pull(library: ModelLibrary, changes: Partial<PullOptions> = {}) {
  return library.pull(entryId, {
    acceptLicence: licenceHash,
    acceptSha256: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  })
}

export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.problem.code
}

export function messageOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? '' : outcome.problem.message
}

export function found<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}

export async function entryState(library: ModelLibrary) {
  const { entries } = found(await library.list())
  return entries.find(({ entry }) => entry.id === entryId)
}
