import { cpus } from 'node:os'
import type { Machine } from '@shared/contract/model-files'
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp'

export type GpuChoice = 'auto' | 'off'

const opened = new Map<GpuChoice, Promise<Llama>>()

/** llama.cpp's own view of the machine; once per process and choice, never built or downloaded here. */
export function llamaOf(gpu: GpuChoice): Promise<Llama> {
  const known =
    opened.get(gpu) ??
    getLlama({
      gpu: gpu === 'off' ? false : 'auto',
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
      maxThreads: 1,
    })
  opened.set(gpu, known)
  return known
}

/** What a model finds here: the GPU that llama.cpp really uses, and the memory of both sides. */
export async function describeMachine(gpu: GpuChoice): Promise<Machine> {
  const llama = await llamaOf(gpu)
  const vram = await llama.getVramState()
  const ram = await llama.getRamState()
  const [cpu] = cpus()
  return {
    gpu: llama.gpu,
    deviceNames: llama.gpu === false ? [] : await llama.getGpuDeviceNames(),
    vram: { totalBytes: vram.total, freeBytes: vram.free, unifiedBytes: vram.unifiedSize },
    ram: { totalBytes: ram.total, freeBytes: ram.free },
    cpu: { name: cpu?.model.trim() ?? 'unknown', cores: Math.max(1, llama.cpuMathCores) },
    llamaCppRelease: llama.llamaCppRelease.release,
  }
}
