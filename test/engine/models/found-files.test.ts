import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { findModelFiles } from '../../../src-main/engine/models/found-files'
import { temporaryFolder } from '../../helpers/temporary-folder'

let home: string

beforeEach(() => {
  home = temporaryFolder('home')
})

function put(path: string, text: string): string {
  const whole = join(home, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
  return whole
}

test('models of LM Studio, Jan and Ollama are found where those programs keep them', async () => {
  const lmStudio = put('.lmstudio/models/bartowski/Phi-3.1/Phi-3.1-Q4_K_M.gguf', 'GGUF1')
  const jan = put('.local/share/Jan/data/llamacpp/models/qwen/model.gguf', 'GGUF22')
  put('.lmstudio/models/bartowski/Phi-3.1/README.md', 'not a model')
  const digest = 'ab'.repeat(32)
  const blob = put(`.ollama/models/blobs/sha256-${digest}`, 'GGUF333')
  const layers = [
    { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'00'.repeat(32)}`, size: 1 },
    { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: 7 },
  ]
  put('.ollama/models/manifests/registry.ollama.ai/library/llama3.1/8b', JSON.stringify({ schemaVersion: 2, layers }))
  expect(await findModelFiles({ home, env: {} })).toEqual(
    [
      { program: 'LM Studio', name: 'Phi-3.1-Q4_K_M.gguf', path: lmStudio, sizeBytes: 5 },
      { program: 'Jan', name: 'model.gguf', path: jan, sizeBytes: 6 },
      { program: 'Ollama', name: 'llama3.1:8b', path: blob, sizeBytes: 7 },
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
  )
})

test('a manifest that points out of its folder, a damaged one and a circle of links are passed over', async () => {
  const manifests = '.ollama/models/manifests/registry.ollama.ai/library'
  const climbing = { mediaType: 'application/vnd.ollama.image.model', digest: 'sha256:../../../../etc/passwd' }
  put(`${manifests}/climbing/latest`, JSON.stringify({ layers: [climbing] }))
  put(`${manifests}/damaged/latest`, '{"layers": ')
  mkdirSync(join(home, '.lmstudio/models/a'), { recursive: true })
  symlinkSync(join(home, '.lmstudio'), join(home, '.lmstudio/models/a/circle'))
  expect(await findModelFiles({ home, env: {} })).toEqual([])
})

test('OLLAMA_MODELS names another folder', async () => {
  const digest = 'cd'.repeat(32)
  const blob = put(`elsewhere/blobs/sha256-${digest}`, 'GGUF')
  const layer = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` }
  put('elsewhere/manifests/registry.ollama.ai/library/phi3/mini', JSON.stringify({ layers: [layer] }))
  const found = await findModelFiles({ home, env: { OLLAMA_MODELS: join(home, 'elsewhere') } })
  expect(found.map(({ name, path }) => [name, path])).toEqual([['phi3:mini', blob]])
})
