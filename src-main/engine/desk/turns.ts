/** Lets one piece of work begin when the one before it has ended, however that ended; answers with what the work answers. */
export type InTurn = <Value>(work: () => Promise<Value>) => Promise<Value>

export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
