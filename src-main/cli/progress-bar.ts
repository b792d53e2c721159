/**
 * How far a long computation has come, and how long it will still take: a bar on a terminal; elsewhere a line for every
 * tenth, once it has taken a while. Always on stderr.
 */
export interface ProgressBar {
  tell(done: number, all: number): void
  end(): void
}

const width = 30
const redrawMs = 100
/** A computation that is over sooner says nothing into a pipe, and nobody can say how long it will take. */
const quietMs = 3000

export function progressBar(what: string): ProgressBar {
  const isTerminal = process.stderr.isTTY === true
  const begunAtMs = performance.now()
  /** Done before this bar began: a run that goes on. */
  let before: number | null = null
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let tenths = 0

  function left(done: number, all: number, begun: number): string {
    const tookMs = performance.now() - begunAtMs
    if (tookMs < quietMs || done <= begun || done >= all) return ''
    return `, about ${durationText((tookMs / (done - begun)) * (all - done))} left`
  }

  return {
    tell(done, all) {
      before ??= done - 1
      const share = all === 0 ? 1 : Math.min(1, done / all)
      if (isTerminal) {
        const nowMs = performance.now()
        if (nowMs - drawnAtMs < redrawMs && share < 1) return
        drawnAtMs = nowMs
        const filled = Math.round(share * width)
        const bar = `${'#'.repeat(filled)}${'.'.repeat(width - filled)}`
        process.stderr.write(
          `\r\u001b[K${what} ${bar} ${Math.floor(share * 100)} % of ${all}${left(done, all, before)}`,
        )
        return
      }
      if (Math.floor(share * 10) === tenths) return
      tenths = Math.floor(share * 10)
      if (performance.now() - begunAtMs < quietMs) return
      process.stderr.write(`${what}: ${tenths * 10} % of ${all}${left(done, all, before)}.\n`)
    },
    end() {
      if (isTerminal && drawnAtMs > 0) process.stderr.write('\n')
    },
  }
}

/** "40 s", "12 min", "3.5 h". */
function durationText(ms: number): string {
  if (ms < 90_000) return `${Math.ceil(ms / 1000)} s`
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}
