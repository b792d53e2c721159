import type { Machine } from '@shared/contract/model-files'

/** GPU or CPU, by name, with its memory, on one line. */
export function machineText({ gpu, deviceNames, vram, ram, cpu }: Machine): string {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const memory = `${gib(ram.freeBytes)} free of ${gib(ram.totalBytes)} memory`
  if (gpu === false) return `CPU: ${cpu.name}, ${cpu.cores} cores; ${memory}. llama.cpp found no GPU.`
  return `GPU (${gpu}): ${deviceNames.join(', ') || 'unnamed'}, ${gib(vram.freeBytes)} free of ${gib(vram.totalBytes)}; ${memory}.`
}
