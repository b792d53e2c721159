import type { GgufTensor } from './gguf-bytes'

/** How weights are stored; single rows (norms, biases) are always F32. */
export type WeightType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0'

/** Numbers of `ggml_type` and of `general.file_type` (llama.h). */
export const ggmlTypeOf = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 } as const satisfies Record<WeightType, number>
export const fileTypeOf = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7 } as const satisfies Record<WeightType, number>

/** A small seeded generator (mulberry32), so that the same seed gives the same file. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Random weights in [-spread / 2, spread / 2); rows of one dimension are ones, as norms are. */
export function randomTensor(
  name: string,
  shape: readonly number[],
  type: WeightType,
  spread: number,
  random: () => number,
): GgufTensor {
  const size = shape.reduce((product, length) => product * length, 1)
  if (shape.length === 1) {
    const value = name.endsWith('.bias') ? 0 : 1
    return { name, shape, ggmlType: ggmlTypeOf.F32, bytes: Buffer.from(new Float32Array(size).fill(value).buffer) }
  }
  return { name, shape, ggmlType: ggmlTypeOf[type], bytes: encoded(type, size, spread, random) }
}

function encoded(type: WeightType, size: number, spread: number, random: () => number): Buffer {
  switch (type) {
    case 'F32':
      return Buffer.from(Float32Array.from({ length: size }, () => (random() - 0.5) * spread).buffer)
    case 'F16':
      return halves(size, spread, random)
    case 'Q8_0':
      // Blocks of 32: a scale, then signed bytes of up to 127.
      return blocks(size, 34, spread / 2 / 127, random)
    case 'Q4_0':
      // Blocks of 32: a scale, then half-bytes that stand for -8 to 7.
      return blocks(size, 18, spread / 2 / 8, random)
  }
}

const weightsPerBlock = 32
const scaleBytes = 2

/** Random bits are random weights: only the scale of each block has to be put in. */
function blocks(size: number, blockBytes: number, scale: number, random: () => number): Buffer {
  const bytes = randomBytes((size / weightsPerBlock) * blockBytes, random)
  const half = halfBits(scale)
  for (let at = 0; at < bytes.length; at += blockBytes) bytes.writeUInt16LE(half, at)
  // -128 stands for no weight of Q8_0.
  if (blockBytes === 34) {
    for (let at = 0; at < bytes.length; at += 1) if (at % blockBytes >= scaleBytes && bytes[at] === 0x80) bytes[at] = 0
  }
  return bytes
}

/** One draw fills four bytes; a quarter of a billion draws would take longer than the test. */
function randomBytes(length: number, random: () => number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = Math.floor(random() * 2 ** 32) | 1
  for (let index = 0; index < words.length; index += 1) {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return Buffer.from(words.buffer, 0, length)
}

function halves(size: number, spread: number, random: () => number): Buffer {
  const bytes = Buffer.alloc(size * 2)
  for (let index = 0; index < size; index += 1) bytes.writeUInt16LE(halfBits((random() - 0.5) * spread), index * 2)
  return bytes
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** A number as IEEE 754 binary16, cut and not rounded; what is too small becomes zero. */
function halfBits(value: number): number {
  float[0] = value
  const word = bits[0] ?? 0
  const exponent = ((word >>> 23) & 0xff) - 127 + 15
  const sign = (word >>> 16) & 0x8000
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((word >>> 13) & 0x3ff)
}
