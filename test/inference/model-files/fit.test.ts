import { join } from 'node:path'
import type { Machine } from '@shared/contract/model-files'
import { beforeAll, describe, expect, test } from 'vitest'
import { estimateFit } from '../../../src-main/inference/model-files/fit'
import { describeHeader, type OpenedHeader, openHeader } from '../../../src-main/inference/model-files/header'
import { estimateSpeed } from '../../../src-main/inference/model-files/reading-speed'
import { type FullSizeModel, writeFullSizeHeader } from '../../helpers/gguf/full-size-header'
import { type Architecture, writeRandomModel } from '../../helpers/gguf/random-model'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { writeTinyGguf } from '../../helpers/tiny-gguf'

const MB = 1e6
const GB = 1e9
const contextTokens = 2048
/** 8 layers, keys and values, 2048 tokens, 256 numbers of 2 bytes each. */
const cacheBytesOfOneSequence = 8 * 2 * 2048 * 256 * 2
let folder: string
let header: OpenedHeader

beforeAll(async () => {
  folder = temporaryFolder('fit')
  const path = writeTinyGguf(join(folder, 'model.gguf'), { embedding: 256, layers: 8, heads: 4, feedForward: 512 })
  const opened = await openHeader({ kind: 'file', path }, () => Promise.reject(), AbortSignal.timeout(10_000))
  if (!opened.ok) throw new Error(opened.problem.message)
  header = opened.value
})

function machine(ramBytes: number, vramBytes = 0, changes: Partial<Machine> = {}): Machine {
  return {
    gpu: vramBytes > 0 ? 'cuda' : false,
    deviceNames: vramBytes > 0 ? ['NVIDIA GeForce RTX 3090'] : [],
    vram: { totalBytes: vramBytes, freeBytes: vramBytes, unifiedBytes: 0 },
    ram: { totalBytes: 2 * ramBytes, freeBytes: ramBytes },
    cpu: { name: 'test', cores: 4 },
    llamaCppRelease: 'b1',
    ...changes,
  }
}

const fitOn = (on: Machine, maxSequences = 16) =>
  estimateFit({ gpu: 'off', contextTokens, maxSequences, machine: on }, header)

describe('whether a model fits', () => {
  test('on the processor: with as many sequences as memory holds, up to the cap of the slot', async () => {
    const one = await fitOn(machine(64 * GB), 1)
    const roomFor5 = one.ramBytes + 4.5 * cacheBytesOfOneSequence
    const tight = await fitOn(machine(roomFor5))
    expect(tight).toMatchObject({ fits: true, gpuLayers: 0, sequences: 5, contextTokens })
    expect(tight.ramBytes).toBeLessThanOrEqual(roomFor5)
    expect(tight.ramBytes - one.ramBytes).toBeCloseTo(4 * cacheBytesOfOneSequence, -6)
    expect((await fitOn(machine(64 * GB))).sequences).toBe(16)
    expect((await fitOn(machine(64 * GB), 8)).sequences).toBe(8)
  })

  test('on the GPU: all layers there, and nothing of it in main memory', async () => {
    const found = await fitOn(machine(8 * GB, 24 * GB))
    expect(found).toMatchObject({ fits: true, gpuLayers: 9, totalLayers: 9, sequences: 16, ramBytes: 0 })
    expect(found.reason).toContain('GPU (NVIDIA GeForce RTX 3090), the whole of it, 16 questions side by side')
  })

  test('on a GPU with too little room: on the processor instead', async () => {
    const found = await fitOn(machine(8 * GB, 1 * MB))
    expect(found).toMatchObject({ fits: true, gpuLayers: 0, vramBytes: 0 })
    expect(found.reason).toContain('processor')
  })

  test('nowhere: and how much is missing', async () => {
    const found = await fitOn(machine(10 * MB))
    expect(found).toMatchObject({ fits: false, sequences: 0, gpuLayers: 0 })
    expect(found.reason).toMatch(/^It needs 0\.\d GB, and 0\.0 GB of memory are free\./)
  })

  test('never with more context than the model was trained for', async () => {
    const found = await estimateFit(
      { gpu: 'off', contextTokens: 1e6, maxSequences: 1, machine: machine(64 * GB) },
      header,
    )
    expect(found.contextTokens).toBe(8192)
  })

  test('on the machine at hand, whatever it is', async () => {
    const found = await estimateFit({ gpu: 'auto', contextTokens, maxSequences: 2, machine: null }, header)
    expect([found.fits, found.sequences]).toEqual([true, 2])
  })
})

test.each<Architecture>(['llama', 'qwen2', 'phi3', 'deepseek2', 'deepseek2-mla'])(
  'a model of the architecture %s, with its real vocabulary, is read and judged',
  async (architecture) => {
    const path = writeRandomModel(join(folder, `${architecture}.gguf`), { architecture, weights: 'F16' })
    const opened = await openHeader({ kind: 'file', path }, () => Promise.reject(), AbortSignal.timeout(10_000))
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(describeHeader(opened.value).vocabularySize).toBeGreaterThanOrEqual(32_000)
    const request = { gpu: 'off', contextTokens, maxSequences: 4, machine: machine(16 * GB) } as const
    const found = await estimateFit(request, opened.value)
    expect([found.fits, found.sequences]).toEqual([true, 4])
    // Weights of which every token reads all, but for the experts that are not asked.
    expect(found.speed.readBytesPerToken).toBeLessThan(found.ramBytes)
  },
)

describe('the models of the catalogue', () => {
  async function judge(name: FullSizeModel, on: Machine, tokens: number, maxSequences: number) {
    const path = writeFullSizeHeader(join(folder, `${name}.gguf`), name)
    const opened = await openHeader({ kind: 'file', path }, () => Promise.reject(), AbortSignal.timeout(10_000))
    if (!opened.ok) throw new Error(opened.problem.message)
    return estimateFit({ gpu: 'off', contextTokens: tokens, maxSequences, machine: on }, opened.value)
  }

  test.each([
    ['Llama-2-7B', 2048, 512],
    ['Qwen2.5-Coder-7B', 8192, 56],
    ['Phi-3-mini', 4096, 384],
  ] as const)('%s takes for every token of context what its dimensions say', async (name, tokens, kibibytes) => {
    const roomy = machine(500 * GB)
    const [one, two] = [await judge(name, roomy, tokens, 1), await judge(name, roomy, tokens, 2)]
    expect((two.ramBytes - one.ramBytes) / tokens / 1024).toBeCloseTo(kibibytes, -1)
  })

  test('Qwen fits whole on a card of 12 GB with several questions, in part on one of 4 GB, and not at all in 2 GB', async () => {
    const large = await judge('Qwen2.5-Coder-7B', machine(16 * GB, 12 * GB), 8192, 8)
    expect(large).toMatchObject({ fits: true, gpuLayers: 29, totalLayers: 29 })
    expect(large.sequences).toBeGreaterThan(1)
    const part = await judge('Qwen2.5-Coder-7B', machine(16 * GB, 4 * GB), 8192, 8)
    expect(part.fits).toBe(true)
    expect(part.gpuLayers).toBeGreaterThan(0)
    expect(part.gpuLayers).toBeLessThan(29)
    expect(part.speed.highTokensPerSecond).toBeLessThan(large.speed.lowTokensPerSecond)
    expect((await judge('Qwen2.5-Coder-7B', machine(2 * GB), 8192, 8)).fits).toBe(false)
  })
})

describe('the speed to expect', () => {
  /** 8B Q4_K_M as measured by XiongjieDai/GPU-Benchmarks-on-LLM-Inference, May 2024; the file has 4.9 GB. */
  test.each([
    ['NVIDIA GeForce RTX 3070', 73],
    ['NVIDIA GeForce RTX 3090', 115],
    ['NVIDIA GeForce RTX 4090', 131],
  ])('of an 8B model on an %s holds what was measured there', (device, measured) => {
    const speed = estimateSpeed({ gpu: 'cuda', deviceNames: [device] }, 4.9e9, 1)
    expect(speed.bandwidthFrom).toBe('device')
    expect(Math.floor(speed.lowTokensPerSecond)).toBeLessThanOrEqual(measured)
    expect(Math.ceil(speed.highTokensPerSecond)).toBeGreaterThanOrEqual(measured)
  })

  test('is said to be assumed where the device is not known, and falls with every layer on the processor', () => {
    const on = (share: number) => estimateSpeed({ gpu: 'vulkan', deviceNames: ['Unheard of'] }, 4.9e9, share)
    expect(on(1).bandwidthFrom).toBe('assumed')
    expect(on(0.5).highTokensPerSecond).toBeLessThan(on(1).highTokensPerSecond)
    expect(on(0).highTokensPerSecond).toBeCloseTo((0.8 * 40e9) / 4.9e9)
  })
})
