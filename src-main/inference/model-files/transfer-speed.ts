/** Bytes a second over the last few seconds, and how long the rest will take at that speed. */
export interface TransferSpeed {
  received(bytes: number): void
  bytesPerSecond(): number
  secondsLeft(missingBytes: number | null): number | null
}

const windowMs = 5000

/** `nowMs` is a clock that never jumps back. */
export function transferSpeed(nowMs: () => number): TransferSpeed {
  const startedAtMs = nowMs()
  let samples: { readonly atMs: number; readonly bytes: number }[] = []

  function bytesPerSecond(): number {
    const now = nowMs()
    samples = samples.filter(({ atMs }) => now - atMs <= windowMs)
    const total = samples.reduce((sum, { bytes }) => sum + bytes, 0)
    const spanMs = Math.min(windowMs, now - startedAtMs)
    return spanMs <= 0 ? 0 : (total * 1000) / spanMs
  }

  return {
    received: (bytes) => {
      samples.push({ atMs: nowMs(), bytes })
    },
    bytesPerSecond,
    secondsLeft(missingBytes) {
      const speed = bytesPerSecond()
      return missingBytes === null || speed <= 0 ? null : missingBytes / speed
    },
  }
}
