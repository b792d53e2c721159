/**
 * The newest values of an endless row, at most so many, oldest first. Immutable, and one more costs the same however
 * many there are: lists that grow from one another share one log, of which each sees what came up to its own end. A
 * second list that grows from the same one, as a replay from an earlier account does, gets a log of its own.
 */
export class RecentList<Value> {
  readonly #log: Value[]
  readonly #end: number
  readonly #most: number

  private constructor(log: Value[], most: number) {
    this.#log = log
    this.#end = log.length
    this.#most = most
  }

  static atMost<Value>(most: number, values: readonly Value[] = []): RecentList<Value> {
    return new RecentList(values.slice(-most), most)
  }

  get length(): number {
    return Math.min(this.#end, this.#most)
  }

  /** 0 is the newest; undefined beyond the oldest. */
  fromNewest(place: number): Value | undefined {
    return place < this.length ? this.#log[this.#end - 1 - place] : undefined
  }

  /** Oldest first. */
  values(): readonly Value[] {
    return this.#log.slice(this.#end - this.length, this.#end)
  }

  includes(value: Value): boolean {
    for (let at = this.#end - this.length; at < this.#end; at++) if (this.#log[at] === value) return true
    return false
  }

  with(newest: Value): RecentList<Value> {
    const isLongest = this.#end > 0 && this.#log.length === this.#end
    // Forgets what nobody sees any more once that is as much as is seen.
    const log = isLongest && this.#end < 2 * this.#most ? this.#log : [...this.values()]
    log.push(newest)
    return new RecentList(log, this.#most)
  }
}
