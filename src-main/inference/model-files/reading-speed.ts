import type { Fit, Machine } from '@shared/contract/model-files'

/**
 * How fast words come: every token reads the active weights and the cache once, and between half and four fifths of the
 * memory's bandwidth is reached in practice. An estimate before anything ran; a benchmark says how it is.
 */
export function estimateSpeed(
  machine: Pick<Machine, 'gpu' | 'deviceNames'>,
  readBytesPerToken: number,
  onGpuShare: number,
): Fit['speed'] {
  const { bandwidthGBps: gpuGBps, from } = gpuBandwidth(machine)
  // What stays on the processor's side is read at its speed: the slower side sets the pace.
  const secondsPerGB = onGpuShare / gpuGBps + (1 - onGpuShare) / processorGBps
  const bandwidthGBps = 1 / secondsPerGB
  const fullSpeed = readBytesPerToken > 0 ? (bandwidthGBps * 1e9) / readBytesPerToken : 0
  return {
    lowTokensPerSecond: fullSpeed * lowShare,
    highTokensPerSecond: fullSpeed * highShare,
    bandwidthGBps,
    bandwidthFrom: onGpuShare > 0 ? from : 'assumed',
    readBytesPerToken,
  }
}

const lowShare = 0.5
const highShare = 0.8
/** Two channels of DDR4-3200 give 51 GB/s by their data sheet; an ordinary machine reaches about this. */
const processorGBps = 40
/** A middling graphics card, where the device is not known by name. */
const usualGpuGBps = 300

/** Memory bandwidth in GB/s as the makers' data sheets give it; the first name that the device's name holds counts. */
const knownDevices: readonly (readonly [name: string, gbps: number])[] = [
  ['H200', 4800],
  ['H100', 3350],
  ['A100', 1555],
  ['L40S', 864],
  ['RTX 5090', 1792],
  ['RTX 5080', 960],
  ['RTX 4090', 1008],
  ['RTX 4080', 717],
  ['RTX 4070', 504],
  ['RTX 4060', 272],
  ['RTX 3090', 936],
  ['RTX 3080', 760],
  ['RTX 3070', 448],
  ['RTX 3060', 360],
  ['RX 7900 XTX', 960],
  ['M1 Ultra', 800],
  ['M2 Ultra', 800],
  ['M3 Ultra', 819],
  ['M1 Max', 400],
  ['M2 Max', 400],
  ['M3 Max', 400],
  ['M4 Max', 546],
  ['M1 Pro', 200],
  ['M2 Pro', 200],
  ['M3 Pro', 150],
  ['M4 Pro', 273],
  ['Apple M1', 68],
  ['Apple M2', 100],
  ['Apple M3', 100],
  ['Apple M4', 120],
]

function gpuBandwidth({ gpu, deviceNames }: Pick<Machine, 'gpu' | 'deviceNames'>): {
  bandwidthGBps: number
  from: 'device' | 'assumed'
} {
  if (gpu === false) return { bandwidthGBps: processorGBps, from: 'assumed' }
  const known = knownDevices.find(([name]) => deviceNames.some((device) => device.includes(name)))
  return known === undefined
    ? { bandwidthGBps: usualGpuGBps, from: 'assumed' }
    : { bandwidthGBps: known[1], from: 'device' }
}
