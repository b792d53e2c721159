import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkGgufBounds } from '../../../src-main/inference/model-files/gguf-bounds'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { tinyGguf } from '../../helpers/tiny-gguf'

let folder: string
let path: string

beforeAll(() => {
  folder = temporaryFolder('bounds')
  path = join(folder, 'model.gguf')
})

async function codeOf(bytes: Buffer): Promise<string> {
  writeFileSync(path, bytes)
  const outcome = await checkGgufBounds(path)
  return outcome.ok ? 'ok' : outcome.problem.code
}

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
const u64 = (value: bigint | number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
const text = (value: string) => Buffer.concat([u64(value.length), Buffer.from(value)])
const header = (tensors: bigint | number, entries: bigint | number, ...rest: Buffer[]) =>
  Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors), u64(entries), ...rest])

describe('the header of a model file', () => {
  test('is walked to its end', async () => {
    expect(await codeOf(tinyGguf())).toBe('ok')
  })

  test('that ends too early is told from one that is wrong', async () => {
    const whole = tinyGguf()
    for (const length of [5, 20, 30, 400, 3000])
      expect(await codeOf(whole.subarray(0, length))).toBe('header_incomplete')
    expect(await codeOf(Buffer.from('PK\u0003\u0004 a zip file'))).toBe('not_a_gguf')
    expect(await codeOf(Buffer.alloc(0))).toBe('header_incomplete')
  })

  test.each([
    ['tensors without number', header(2n ** 63n, 0)],
    ['metadata without number', header(1, 2n ** 40n)],
    ['a key of a thousand gigabytes', header(1, 1, u64(2n ** 40n))],
    ['a text of a thousand gigabytes', header(1, 1, text('k'), u32(8), u64(2n ** 40n))],
    ['an array of a million million values', header(1, 1, text('k'), u32(9), u32(0), u64(2n ** 40n))],
    ['arrays in arrays in arrays', header(1, 1, text('k'), u32(9), u32(9), u64(1), u32(9), u64(1), u32(9), u64(1))],
    ['a value of an unknown type', header(1, 1, text('k'), u32(77))],
    ['a tensor of a thousand dimensions', header(1, 0, text('t'), u32(1000))],
    ['a version of the future', Buffer.concat([Buffer.from('GGUF'), u32(99), u64(1), u64(1)])],
  ])('with %s is refused at once, however long the file', async (_what, bytes) => {
    writeFileSync(path, bytes)
    truncateSync(path, 5e9)
    const outcome = await checkGgufBounds(path)
    expect(outcome.ok ? 'ok' : outcome.problem.code).toBe('model_broken')
    truncateSync(path, 0)
  })

  test('never hangs or throws, whatever bytes stand there', async () => {
    const whole = tinyGguf()
    await fc.assert(
      fc.asyncProperty(fc.nat(9000), fc.uint8Array({ minLength: 1, maxLength: 16 }), async (at, noise) => {
        const bytes = Buffer.from(whole)
        bytes.set(noise, Math.min(at, bytes.length - noise.length))
        expect(['ok', 'model_broken', 'not_a_gguf', 'header_incomplete']).toContain(await codeOf(bytes))
      }),
      { numRuns: 200 },
    )
  })
})
