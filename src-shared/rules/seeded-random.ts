/** Random numbers that come again: the same seed gives the same sequence on every machine. Never for secrets. */
export interface SeededRandom {
  /** The next 32 random bits, as an integer in [0, 2^32). */
  bits(): number
  /** In [0, 1). */
  fraction(): number
  /** A whole number in [0, below). */
  below(below: number): number
}

const range32 = 2 ** 32

/** xoshiro128** 1.1, its state filled from the seed by splitmix32. */
export function seededRandom(seed: number): SeededRandom {
  const next = splitMix32(seed)
  return xoshiro128([next(), next(), next(), next()])
}

/**
 * The generator over a state of 128 bits that must not be all zero.
 *
 * Source: D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators" (2021), xoshiro128starstar.c.
 */
export function xoshiro128(state: readonly [number, number, number, number]): SeededRandom {
  let [a, b, c, d] = state
  function bits(): number {
    const scrambled = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotated(d, 11)
    return scrambled
  }
  const fraction = (): number => bits() / range32
  return { bits, fraction, below: (below) => Math.floor(fraction() * below) }
}

/** The values in a random order (Fisher and Yates); the list itself stays as it is. */
export function shuffled<Value>(values: readonly Value[], random: SeededRandom): Value[] {
  const order = [...values]
  for (let place = order.length - 1; place > 0; place -= 1) {
    const other = random.below(place + 1)
    const [here, there] = [order[place], order[other]]
    if (here !== undefined && there !== undefined) {
      order[place] = there
      order[other] = here
    }
  }
  return order
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** Spreads a seed over all bits, so that neighbouring seeds have nothing in common. */
function splitMix32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}
