import type { Fit, FitRequest, Machine } from '@shared/contract/model-files'
import { type GgufFileInfo, GgufInsights } from 'node-llama-cpp'
import type { OpenedHeader } from './header'
import { describeMachine, llamaOf } from './machine'
import { estimateSpeed } from './reading-speed'

/** Memory that a model with its context takes, on each side. */
interface Need {
  readonly vramBytes: number
  readonly ramBytes: number
}

/**
 * Whether a model fits, with which layers on the GPU and how many sequences side by side: from the header alone, through
 * node-llama-cpp's own estimates (its V2 ones let llama.cpp itself lay the model out, without weights). With the figures
 * of another machine the layout is shared out by layers, since this one's llama.cpp knows no other GPU than its own.
 */
export async function estimateFit(request: Omit<FitRequest, 'source'>, { info }: OpenedHeader): Promise<Fit> {
  const llama = await llamaOf(request.gpu)
  const machine = request.machine ?? (await describeMachine(request.gpu))
  const insights = await GgufInsights.from(info, llama)
  const trained = insights.trainContextSize ?? request.contextTokens
  const contextTokens = Math.min(request.contextTokens, trained)
  const totalLayers = insights.totalLayers
  const isForeignGpu = machine.gpu !== false && llama.gpu === false

  async function needWith(gpuLayers: number, sequences: number): Promise<Need> {
    const model = await insights.estimateModelResourceRequirementsV2({ gpuLayers: isForeignGpu ? 0 : gpuLayers })
    const context = await insights.estimateContextResourceRequirementsV2({
      contextSize: contextTokens,
      batchSize: contextTokens,
      modelGpuLayers: isForeignGpu ? 0 : gpuLayers,
      sequences,
    })
    const vramBytes = model.gpuVram + context.gpuVram
    const ramBytes = model.cpuRam + context.cpuRam
    if (!isForeignGpu) return { vramBytes, ramBytes }
    const share = Math.min(1, gpuLayers / totalLayers)
    return { vramBytes: ramBytes * share, ramBytes: ramBytes * (1 - share) }
  }

  const scored = await insights.configurationResolver.resolveAndScoreConfig(
    { targetContextSize: contextTokens },
    overrides(machine),
  )
  const gpuLayers = await mostLayers(machine.gpu === false ? 0 : scored.resolvedValues.gpuLayers)
  const fits = hasRoom(machine, await needWith(gpuLayers, 1))
  const sequences = fits ? await mostSequences() : 0
  const need = await needWith(gpuLayers, Math.max(1, sequences))
  const cacheBytes = await cacheBytesOfOneSequence()
  const readBytes = insights.modelSize * activeShare(info) + cacheBytes / 2
  return {
    fits,
    reason: fits ? placed(machine, gpuLayers, totalLayers, sequences) : missing(machine, need),
    gpuLayers: fits ? gpuLayers : 0,
    totalLayers,
    contextTokens,
    sequences,
    vramBytes: need.vramBytes,
    ramBytes: need.ramBytes,
    score: scored.compatibilityScore,
    speed: estimateSpeed(machine, readBytes, Math.min(1, gpuLayers / totalLayers)),
  }

  /**
   * The layers that the resolver names, or as many of them as there is room for beside one sequence: of a GPU that is too
   * small for even one it names all.
   */
  async function mostLayers(resolved: number): Promise<number> {
    if (resolved === 0 || hasRoom(machine, await needWith(resolved, 1))) return resolved
    let fitting = 0
    let failing = resolved
    while (failing - fitting > 1) {
      const middle = Math.floor((fitting + failing) / 2)
      if (hasRoom(machine, await needWith(middle, 1))) fitting = middle
      else failing = middle
    }
    return fitting
  }

  /** The largest number under the cap that memory allows; more sequences never need less. */
  async function mostSequences(): Promise<number> {
    let fitting = 1
    let failing = request.maxSequences + 1
    while (failing - fitting > 1) {
      const middle = Math.floor((fitting + failing) / 2)
      if (hasRoom(machine, await needWith(gpuLayers, middle))) fitting = middle
      else failing = middle
    }
    return fitting
  }

  async function cacheBytesOfOneSequence(): Promise<number> {
    const [one, two] = [await needWith(gpuLayers, 1), await needWith(gpuLayers, 2)]
    return Math.max(0, two.vramBytes + two.ramBytes - one.vramBytes - one.ramBytes)
  }
}

const gpuInterfaces = ['cuda', 'vulkan', 'metal'] as const

function overrides({ gpu, vram, ram }: Machine) {
  const vramState = { total: vram.totalBytes, free: vram.freeBytes, unifiedSize: vram.unifiedBytes }
  return {
    getVramState: async () => vramState,
    getRamState: async () => ({ total: ram.totalBytes, free: ram.freeBytes }),
    getSwapState: async () => ({ total: 0, free: 0 }),
    llamaGpu: gpuInterfaces.find((name) => name === gpu) ?? (false as const),
    llamaSupportsGpuOffloading: gpu !== false,
  }
}

function hasRoom({ vram, ram }: Machine, need: Need): boolean {
  // What the GPU shares with the processor is there once, not twice.
  if (vram.unifiedBytes > 0) return need.vramBytes <= vram.freeBytes && need.vramBytes + need.ramBytes <= ram.freeBytes
  return need.vramBytes <= vram.freeBytes && need.ramBytes <= ram.freeBytes
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

function missing({ gpu, vram, ram }: Machine, need: Need): string {
  const onGpu = gpu === false ? '' : ` ${gb(vram.freeBytes)} on the GPU and`
  return `It needs ${gb(need.vramBytes + need.ramBytes)}, and${onGpu} ${gb(ram.freeBytes)} of memory are free. Close other programs or use a smaller model.`
}

function placed({ gpu, deviceNames }: Machine, gpuLayers: number, totalLayers: number, sequences: number): string {
  const side = sequences === 1 ? 'one question at a time' : `${sequences} questions side by side`
  if (gpu === false || gpuLayers === 0) return `It runs on the processor, ${side}.`
  const where = deviceNames.join(', ') || gpu
  const layers = gpuLayers >= totalLayers ? 'the whole of it' : `${gpuLayers} of ${totalLayers} layers`
  return `It runs on the GPU (${where}), ${layers}, ${side}.`
}

/** How much of the weights one token reads: in a mixture of experts only the experts that are chosen for it. */
function activeShare({ tensorInfo, architectureMetadata }: GgufFileInfo): number {
  const experts = Number(architectureMetadata.expert_count ?? 0)
  const used = Number(architectureMetadata.expert_used_count ?? 0)
  const expertShare = experts > 0 && used > 0 && used <= experts ? used / experts : 1
  let all = 0
  let active = 0
  for (const { name, dimensions } of tensorInfo ?? []) {
    const elements = dimensions.reduce<number>((product, size) => product * Number(size), 1)
    all += elements
    active += name.includes('_exps.') ? elements * expertShare : elements
  }
  return all > 0 ? active / all : 1
}
