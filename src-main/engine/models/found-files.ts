import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FoundModelFile } from '@shared/contract/model-library'
import { z } from 'zod'

/** Where other programs keep their models; `home` and the environment are the trader's. */
export interface SearchPlaces {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
}

const mostFiles = 500
const lmStudioDepth = 3
const janDepth = 5
const ollamaDepth = 5

/** GGUF files of LM Studio, Jan and Ollama, as they lie there. Reads names only; nothing is copied or changed. */
export async function findModelFiles({ home, env }: SearchPlaces): Promise<FoundModelFile[]> {
  const lmStudio = [join(home, '.lmstudio', 'models'), join(home, '.cache', 'lm-studio', 'models')]
  const jan = [
    join(home, 'jan', 'models'),
    join(home, '.local', 'share', 'Jan', 'data'),
    join(home, '.config', 'Jan', 'data'),
    join(home, 'Library', 'Application Support', 'Jan', 'data'),
    ...(env.APPDATA === undefined ? [] : [join(env.APPDATA, 'Jan', 'data')]),
  ]
  const ollama = [env.OLLAMA_MODELS || join(home, '.ollama', 'models'), '/usr/share/ollama/.ollama/models']
  const groups = await Promise.all([
    ...lmStudio.map((folder) => ggufFiles('LM Studio', folder, lmStudioDepth)),
    ...jan.map((folder) => ggufFiles('Jan', folder, janDepth)),
    ...ollama.map((folder) => ollamaModels(folder)),
  ])
  const files = groups.flat().sort((a, b) => (a.path < b.path ? -1 : 1))
  return files
    .filter(({ path }, index) => files.findIndex((other) => other.path === path) === index)
    .slice(0, mostFiles)
}

async function ggufFiles(program: FoundModelFile['program'], folder: string, depth: number): Promise<FoundModelFile[]> {
  const names = await filesBelow(folder, depth)
  const files = names.filter((path) => path.toLowerCase().endsWith('.gguf'))
  const found = await Promise.all(files.map((path) => foundFile(program, path, basename(path))))
  return found.filter((file) => file !== null)
}

async function foundFile(
  program: FoundModelFile['program'],
  path: string,
  name: string,
): Promise<FoundModelFile | null> {
  const info = await stat(path).catch(() => null)
  return info?.isFile() ? { program, name, path, sizeBytes: info.size } : null
}

/** Regular files; links are not followed, so that no circle is walked. */
async function filesBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const nested = await Promise.all(
    entries.slice(0, mostFiles).map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isFile()) return [path]
      return entry.isDirectory() && depth > 0 ? filesBelow(path, depth - 1) : []
    }),
  )
  return nested.flat().slice(0, mostFiles)
}

/** Ollama's manifest of one tag: the layer of this type is the GGUF file, in `blobs` under its hash. */
const ollamaManifestSchema = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })),
})
const ollamaModelType = 'application/vnd.ollama.image.model'

async function ollamaModels(folder: string): Promise<FoundModelFile[]> {
  const manifests = join(folder, 'manifests')
  const found = await Promise.all(
    (await filesBelow(manifests, ollamaDepth)).map(async (path) => {
      const text = await readFile(path, 'utf8').catch(() => '')
      const digest = ollamaDigest(text)
      if (digest === null) return null
      const [model = '', tag = ''] = path.split(/[\\/]/).slice(-2)
      return foundFile('Ollama', join(folder, 'blobs', digest.replace(':', '-')), `${model}:${tag}`)
    }),
  )
  return found.filter((file) => file !== null)
}

function ollamaDigest(text: string): string | null {
  try {
    const { layers } = ollamaManifestSchema.parse(JSON.parse(text))
    return layers.find(({ mediaType }) => mediaType === ollamaModelType)?.digest ?? null
  } catch {
    return null
  }
}
