import { note } from './output'

/** A note for every so many, or for every tenth part where that is more. */
const leastStep = 500

/** Tells on stderr how far a long count has come: "Asked 500 of 2000." */
export function progressNotes(done: string, total: number): (count: number) => void {
  const step = Math.max(leastStep, Math.ceil(total / 10))
  return (count) => {
    if (count % step === 0) note(`${done} ${count} of ${total}.`)
  }
}
