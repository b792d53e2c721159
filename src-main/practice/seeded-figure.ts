/**
 * A figure in [0, 1) that looks random and depends on nothing but its arguments: what is made for a moment of the market
 * is the same whoever asks, in whatever order, in whatever process. (The finaliser of MurmurHash3, once per argument.)
 */
export function seededFigure(seed: number, ...place: readonly number[]): number {
  let state = seed >>> 0
  for (const part of place) {
    // Times exceed 32 bits: both halves count.
    state = mixed(state ^ (part >>> 0))
    state = mixed(state ^ Math.floor(part / 2 ** 32))
  }
  return mixed(state) / 2 ** 32
}

/** A seed out of a name. */
export function seedOf(name: string): number {
  let state = 0
  for (let index = 0; index < name.length; index++) state = mixed(state ^ name.charCodeAt(index))
  return state
}

function mixed(value: number): number {
  let state = (value + 0x9e37_79b9) | 0
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35)
  return (state ^ (state >>> 16)) >>> 0
}
