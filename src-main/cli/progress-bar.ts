/** How far a long computation has come: a bar on a terminal, a line for every tenth elsewhere; always on stderr. */
export interface ProgressBar {
  tell(done: number, all: number): void
  end(): void
}

const width = 30
const redrawMs = 100

export function progressBar(what: string): ProgressBar {
  const isTerminal = process.stderr.isTTY === true
  let drawnAtMs = Number.NEGATIVE_INFINITY
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
      process.stderr.write(`${what}: ${tenths * 10} % of ${all}.\n`)
    },
    end() {
      if (isTerminal && drawnAtMs > 0) process.stderr.write('\n')
    },
  }
}
