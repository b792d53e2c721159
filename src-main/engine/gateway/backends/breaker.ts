import type { ModelProblemCode } from '@shared/contract/inference'
import type { Problem } from '@shared/contract/outcome'

/** Failures in a row after which a backend is left alone. */
const failuresToOpen = 3

/**
 * Opens after three failures in a row, and only the user closes it: a process that keeps dying takes the machine's
 * memory and the trader's time with every new attempt.
 */
export interface Breaker {
  readonly failuresInARow: number
  readonly isOpen: boolean
  /** The failure that opened it, or the last one. */
  readonly lastProblem: Problem<ModelProblemCode> | null
  succeeded(): void
  failed(problem: Problem<ModelProblemCode>): void
  close(): void
}

export function createBreaker(): Breaker {
  let failuresInARow = 0
  let lastProblem: Problem<ModelProblemCode> | null = null
  const reset = (): void => {
    failuresInARow = 0
    lastProblem = null
  }
  return {
    get failuresInARow() {
      return failuresInARow
    },
    get isOpen() {
      return failuresInARow >= failuresToOpen
    },
    get lastProblem() {
      return lastProblem
    },
    succeeded: reset,
    failed(problem) {
      failuresInARow += 1
      lastProblem = problem
    },
    close: reset,
  }
}
