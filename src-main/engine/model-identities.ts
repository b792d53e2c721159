import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '@shared/contract/settings'
import { manifestFile } from './models/manifest'
import type { Places } from './places'

/**
 * What every answer of the gateway depends on beside its question and the settings: the model files, their adapters and
 * the prompts, by content. A file that the library has hashed and that has not changed since is not read again.
 */
export async function modelIdentities(
  { dataDir, starterPath, promptsDir }: Pick<Places, 'dataDir' | 'starterPath' | 'promptsDir'>,
  { inference }: Pick<Settings, 'inference'>,
): Promise<Readonly<Record<string, string>>> {
  const manifest = manifestFile(join(dataDir, 'models.json')).read()
  const installed = manifest.ok ? manifest.value.models : []
  const identities: Record<string, string> = { starter: await contentHash(starterPath) }
  for (const [slot, path] of Object.entries({ ...inference.modelFiles })) {
    const known = installed.find((model) => model.path === path)
    const size = await stat(path).then(
      (file) => file.size,
      () => null,
    )
    identities[slot] = known !== undefined && known.sizeBytes === size ? known.sha256 : await contentHash(path)
  }
  for (const [slot, path] of Object.entries({ ...inference.adapterFiles })) {
    identities[`${slot} adapter`] = await contentHash(path)
  }
  for (const name of (await readdir(promptsDir)).sort()) {
    identities[`prompt ${name}`] = createHash('sha256')
      .update(await readFile(join(promptsDir, name)))
      .digest('hex')
  }
  return identities
}

/** Empty where there is no such file: its slot answers nothing. */
async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk)
  } catch {
    return ''
  }
  return hash.digest('hex')
}
