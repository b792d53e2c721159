/**
 * How far a long computation has come: a bar on a terminal; elsewhere a line for every tenth, once it has taken a while.
 * Always on stderr.
 */
export interface ProgressBar {
  tell(done: number, all: number): void
  end(): void
}

const width = 30
const redrawMs = 100
const quietMs = 3000

export function progressBar(what: string): ProgressBar {
  const isTerminal = process.stderr.isTTY === true
  let drawnAtMs = Number.NEGATIVE_INFINITY
  const begunAtMs = performance.now()
  let tenths = 0
  return {
    tell(done, all) {
      const share = all === 0 ? 1 : Math.min(1, done / all)
      if (isTerminal) {
        const nowMs = performance.now()
        if (nowMs - drawnAtMs < redrawMs && share < 1) return
        drawnAtMs = nowMs
        const filled = Math.round(share * width)
        const bar = `${'#'.repeat(filled)}${'.'.repeat(width - filled)}`
        process.stderr.write(`\r${what} ${bar} ${Math.floor(share * 100)} % of ${all}`)
        return
      }
      if (Math.floor(share * 10) === tenths) return
      tenths = Math.floor(share * 10)
      if (performance.now() - begunAtMs < quietMs) return
      process.stderr.write(`${what}: ${tenths * 10} % of ${all}.\n`)
    },
    end() {
      if (isTerminal && drawnAtMs > 0) process.stderr.write('\n')
    },
  }
}
