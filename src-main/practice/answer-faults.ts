import type { AnswerFault } from './fault'

/** Faults that wait for the REST answers they strike, first come, first struck. */
export interface AnswerFaults {
  add(fault: AnswerFault): void
  /** The fault that strikes the answer to this request; it counts as having struck. */
  take(path: string): AnswerFault | null
}

export function createAnswerFaults(): AnswerFaults {
  const waiting: { fault: AnswerFault; left: number }[] = []
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times })
    },
    take(path) {
      const index = waiting.findIndex(({ fault }) => path.includes(fault.path ?? ''))
      const found = waiting[index]
      if (found === undefined) return null
      found.left--
      if (found.left === 0) waiting.splice(index, 1)
      return found.fault
    },
  }
}
