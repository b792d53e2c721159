/** Bytes of a GGUF file (version 3). Format: ggml/docs/gguf.md of llama.cpp. */

/** A matrix or a row of weights, already encoded. `shape` is in GGUF's order: the length of a row first. */
export interface GgufTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly ggmlType: number
  readonly bytes: Buffer
}

const alignment = 32

/** The parts of a file in order, for one write after the other: a big model never stands in memory twice. */
export function ggufParts(metadata: readonly Buffer[], tensors: readonly GgufTensor[]): Buffer[] {
  let offset = 0
  const infos = tensors.map(({ name, shape, ggmlType, bytes }) => {
    const info = Buffer.concat([ggufString(name), u32(shape.length), ...shape.map(u64), u32(ggmlType), u64(offset)])
    offset += paddedLength(bytes.length)
    return info
  })
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)])
  return [padded(Buffer.concat([header, ...metadata, ...infos])), ...tensors.map(({ bytes }) => padded(bytes))]
}

function paddedLength(length: number): number {
  return Math.ceil(length / alignment) * alignment
}

function padded(bytes: Buffer): Buffer {
  const missing = paddedLength(bytes.length) - bytes.length
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function ggufString(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

/** Type numbers of metadata values. */
const valueType = { uint32: 4, int32: 5, float32: 6, flag: 7, text: 8, list: 9 } as const

function entry(key: string, type: number, ...value: readonly Buffer[]): Buffer {
  return Buffer.concat([ggufString(key), u32(type), ...value])
}

export function uint32(key: string, value: number): Buffer {
  return entry(key, valueType.uint32, u32(value))
}

export function float32(key: string, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return entry(key, valueType.float32, bytes)
}

export function flag(key: string, value: boolean): Buffer {
  return entry(key, valueType.flag, Buffer.from([value ? 1 : 0]))
}

export function text(key: string, value: string): Buffer {
  return entry(key, valueType.text, ggufString(value))
}

export function texts(key: string, values: readonly string[]): Buffer {
  return entry(key, valueType.list, u32(valueType.text), u64(values.length), ...values.map(ggufString))
}

export function int32s(key: string, values: readonly number[]): Buffer {
  return entry(key, valueType.list, u32(valueType.int32), u64(values.length), ...values.map(u32))
}

/** Bytes of a scalar of each metadata type; lists and texts say their own length. */
const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]

/** The metadata entries of a GGUF file, each as it stands in the file. */
export function metadataEntries(file: Buffer): { readonly key: string; readonly bytes: Buffer }[] {
  let at = 24
  const length = (): number => {
    const value = Number(file.readBigUInt64LE(at))
    at += 8
    return value
  }
  const type = (): number => {
    const value = file.readUInt32LE(at)
    at += 4
    return value
  }
  const skip = (kind: number): void => {
    if (kind === valueType.text) {
      const bytes = length()
      at += bytes
    } else if (kind === valueType.list) {
      const inner = type()
      for (let left = length(); left > 0; left -= 1) skip(inner)
    } else at += scalarBytes[kind] ?? 0
  }
  return Array.from({ length: Number(file.readBigUInt64LE(16)) }, () => {
    const start = at
    const keyLength = length()
    const key = file.toString('utf8', at, at + keyLength)
    at += keyLength
    skip(type())
    return { key, bytes: file.subarray(start, at) }
  })
}
