import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openModelSession } from '../../src-main/inference/model-session'
import { marketContext } from '../engine/gateway/market-context'
import { writeRandomModel } from '../helpers/gguf/random-model'
import { loadOf, questionAbout } from '../helpers/model-questions'
import { resourcesDir } from '../helpers/repository'
import { temporaryFolder } from '../helpers/temporary-folder'

const python = ['python3', '/usr/bin/python3'].find(
  (candidate) => spawnSync(candidate, ['-c', 'import torch, numpy, tqdm, yaml']).status === 0,
)
if (python === undefined) console.warn('The adapter conversion is not tested: no Python with torch, tqdm and yaml.')

const width = 64
const baseConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: width,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  vocab_size: 32000,
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
}
/** As PEFT saves it: rank 4 over the queries of both layers. */
const savedByPeft = `
import sys, torch
random = torch.Generator().manual_seed(1)
name = 'base_model.model.model.layers.{}.self_attn.q_proj.lora_{}.weight'
weights = {}
for layer in range(2):
    weights[name.format(layer, 'A')] = torch.randn(4, ${width}, generator=random)
    weights[name.format(layer, 'B')] = torch.randn(${width}, 4, generator=random)
torch.save(weights, sys.argv[1])
`

describe.skipIf(python === undefined)('an adapter as Hugging Face publishes it', () => {
  const folder = temporaryFolder('adapter-test')
  const script = join(resourcesDir, 'models', 'fingpt', 'convert-adapter.mjs')
  const convert = (...words: string[]) => spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' })

  test('becomes a GGUF by the documented script, and changes what its base answers', async () => {
    const adapterDir = join(folder, 'adapter')
    mkdirSync(adapterDir)
    const config = { peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: ['q_proj'] }
    writeFileSync(join(adapterDir, 'adapter_config.json'), JSON.stringify(config))
    writeFileSync(join(folder, 'config.json'), JSON.stringify(baseConfig))
    const saved = spawnSync(python ?? '', ['-c', savedByPeft, join(adapterDir, 'adapter_model.bin')])
    expect(saved.status, String(saved.stderr)).toBe(0)
    const adapterPath = join(folder, 'adapter.gguf')
    const converted = convert(adapterDir, adapterPath, join(folder, 'config.json'))
    expect(converted.status, converted.stderr).toBe(0)

    const base = writeRandomModel(join(folder, 'base.gguf'), {
      architecture: 'llama',
      weights: 'F16',
      embedding: width,
    })
    const answersOf = async (path: string | null) => {
      const opened = await openModelSession(loadOf(base, { adapterPath: path, form: 'instruction' }))
      if (!opened.ok) throw new Error(opened.problem.message)
      const backend = { servedBy: 'qwen', form: 'instruction' } as const
      const answer = await opened.value.ask(questionAbout(marketContext(), backend, null))
      await opened.value.dispose()
      return answer.ok ? answer.value.answers : answer.problem
    }
    expect(await answersOf(adapterPath)).not.toEqual(await answersOf(null))
  })

  test('without its configuration is refused in words', () => {
    const { status, stderr } = convert(folder, join(folder, 'x.gguf'))
    expect(status).toBe(1)
    expect(stderr).toContain('holds no adapter_config.json')
  })
})
