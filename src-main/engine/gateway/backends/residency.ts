/**
 * Who is in memory. Models are loaded one after the other, never two at once; where the memory does not hold one more,
 * the model that was not used for longest leaves first.
 */
export interface Residency {
  /** Waits for its turn, makes room for about `neededBytes`, then loads. */
  load<Value>(newcomer: Resident, neededBytes: number, work: () => Promise<Value>): Promise<Value>
  /** Lets one model other than this one leave; false when there is none. */
  makeRoom(newcomer: Resident): Promise<boolean>
}

export interface Resident {
  /** On a clock that only goes forward; null while it is not in memory or answers a question. */
  idleSince(): number | null
  unload(): Promise<void>
}

export interface ResidencyOptions {
  freeBytes(): number
}

export function createResidency({ freeBytes }: ResidencyOptions): Residency {
  const residents = new Set<Resident>()
  let turn: Promise<unknown> = Promise.resolve()

  async function makeRoom(newcomer: Resident): Promise<boolean> {
    const idle = [...residents].flatMap((resident) => {
      const since = resident === newcomer ? null : resident.idleSince()
      return since === null ? [] : [{ resident, since }]
    })
    const [longest] = idle.sort((left, right) => left.since - right.since)
    if (longest === undefined) return false
    await longest.resident.unload()
    return true
  }

  return {
    load(newcomer, neededBytes, work) {
      const loading = turn.then(async () => {
        while (freeBytes() < neededBytes && (await makeRoom(newcomer))) {
          // Each round frees one model.
        }
        residents.add(newcomer)
        return work()
      })
      turn = loading.catch(() => undefined)
      return loading
    },
    makeRoom,
  }
}
