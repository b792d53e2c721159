import { type FileHandle, open, stat } from 'node:fs/promises'
import type { ModelFilesProblemCode } from '@shared/contract/model-files'
import { failure, type Outcome, success } from '@shared/contract/outcome'

/**
 * Walks the header of a GGUF file (ggml/docs/gguf.md) without keeping any of it, and refuses what no real model has:
 * node-llama-cpp's own reader takes every count on trust, reads zeros past the end of a file, and so never ends on a
 * header that promises a million million values.
 */
export interface GgufBounds {
  readonly sizeBytes: number
  readonly headerBytes: number
}

const limits = {
  metadataEntries: 10_000,
  tensors: 100_000,
  dimensions: 4,
  keyBytes: 65_535,
  stringBytes: 8 << 20,
  arrayElements: 4_000_000,
  headerBytes: 256 << 20,
}

const stringType = 8
const arrayType = 9
/** Bytes of the scalar value types by their number; strings and arrays are longer than one number says. */
const scalarBytes: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]

class OutOfBounds extends Error {}
class HeaderIncomplete extends Error {}

/** The header goes on behind the end of what is there. */
export const headerIncomplete = 'header_incomplete'

/** Problems: `model_missing`, `not_a_gguf`, `model_broken`; `header_incomplete` where the file ends inside its header. */
export async function checkGgufBounds(
  path: string,
): Promise<Outcome<GgufBounds, ModelFilesProblemCode | typeof headerIncomplete>> {
  let file: FileHandle
  try {
    // Before it is opened: a pipe would keep whoever opens it waiting for a writer.
    if (!(await stat(path)).isFile()) {
      return failure('not_a_gguf', `${path} is not a file. Choose a GGUF model file.`)
    }
    file = await open(path, 'r')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return failure('model_missing', `The model file ${path} cannot be read (${why}). Check the path.`)
  }
  try {
    const { size } = await file.stat()
    const walk = walker(file, size)
    const magic = (await walk.take(4)).toString('latin1')
    if (magic !== 'GGUF') {
      return failure('not_a_gguf', `${path} is not a GGUF model file: it does not start with "GGUF". Choose another.`)
    }
    await walkHeader(walk)
    return success({ sizeBytes: size, headerBytes: walk.position() })
  } catch (error) {
    if (error instanceof HeaderIncomplete) {
      return failure(headerIncomplete, `${path} is cut short: it ends inside its header. Download or copy it again.`)
    }
    if (!(error instanceof OutOfBounds)) throw error
    return failure('model_broken', `${path} has a header that no model has: ${error.message}. Do not use it.`)
  } finally {
    await file.close()
  }
}

type Walker = ReturnType<typeof walker>

async function walkHeader(walk: Walker): Promise<void> {
  const version = (await walk.take(4)).readUInt32LE()
  if (version < 2 || version > 3) throw new OutOfBounds(`it claims version ${version} of the format`)
  const tensors = await walk.count('tensors', limits.tensors)
  const entries = await walk.count('metadata entries', limits.metadataEntries)
  for (let entry = 0; entry < entries; entry += 1) {
    await walk.skipString(limits.keyBytes)
    await skipValue(walk, await walk.uint32(), 0)
  }
  for (let tensor = 0; tensor < tensors; tensor += 1) {
    await walk.skipString(limits.keyBytes)
    const dimensions = await walk.uint32()
    if (dimensions > limits.dimensions) throw new OutOfBounds(`a tensor has ${dimensions} dimensions`)
    // Sizes of the dimensions, type and offset.
    await walk.take(dimensions * 8 + 4 + 8)
  }
}

async function skipValue(walk: Walker, type: number, depth: number): Promise<void> {
  if (type === stringType) return walk.skipString(limits.stringBytes)
  if (type === arrayType) {
    if (depth > 1) throw new OutOfBounds('arrays stand inside arrays inside arrays')
    const elementType = await walk.uint32()
    const elements = await walk.count('elements of an array', limits.arrayElements)
    const width = scalarBytes[elementType] ?? 0
    if (width > 0) return walk.skip(elements * width)
    for (let element = 0; element < elements; element += 1) await skipValue(walk, elementType, depth + 1)
    return
  }
  const width = scalarBytes[type] ?? 0
  if (width === 0) throw new OutOfBounds(`a value has the unknown type ${type}`)
  await walk.skip(width)
}

const windowBytes = 1 << 20

/** Reads forward through the file in windows. */
function walker(file: FileHandle, sizeBytes: number) {
  const window = Buffer.alloc(windowBytes)
  let windowStart = 0
  let windowLength = 0
  let at = 0

  async function take(length: number): Promise<Buffer> {
    await reserve(length)
    if (at < windowStart || at + length > windowStart + windowLength) {
      windowStart = at
      windowLength = (await file.read(window, 0, windowBytes, at)).bytesRead
      if (windowLength < length) throw new HeaderIncomplete()
    }
    const bytes = window.subarray(at - windowStart, at - windowStart + length)
    at += length
    return bytes
  }

  async function reserve(length: number): Promise<void> {
    if (at + length > limits.headerBytes) throw new OutOfBounds(`it is longer than ${limits.headerBytes} bytes`)
    if (at + length > sizeBytes) throw new HeaderIncomplete()
  }

  async function skip(length: number): Promise<void> {
    await reserve(length)
    at += length
  }

  async function count(what: string, most: number): Promise<number> {
    const value = (await take(8)).readBigUInt64LE()
    if (value > BigInt(most)) throw new OutOfBounds(`it claims ${value} ${what}`)
    return Number(value)
  }

  return {
    take,
    skip,
    count,
    position: () => at,
    uint32: async () => (await take(4)).readUInt32LE(),
    skipString: async (mostBytes: number) => skip(await count('bytes in one text', mostBytes)),
  }
}
