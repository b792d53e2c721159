import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { candleFileHeader } from '@shared/contract/candle-row'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CandleRow, readCandleFile } from '../../../src-main/engine/market/candle-file'
import { temporaryFolder } from '../../helpers/temporary-folder'

const hourMs = 3_600_000
let dir: string
beforeAll(async () => {
  dir = temporaryFolder('candles')
})
afterAll(() => rm(dir, { recursive: true }))

function hour(index: number): string {
  return `${index * hourMs},100.5,102,99.25,101,${3 + index}`
}

const goodFile = `${[candleFileHeader, hour(1), hour(2), hour(3)].join('\n')}\n`

async function read(content: string | Buffer, name = 'X-1h.csv') {
  const path = join(dir, name)
  await writeFile(path, content)
  return readPath(path)
}

async function readPath(path: string) {
  const rows: CandleRow[] = []
  for await (const batch of readCandleFile(path, '1h')) {
    if (!batch.ok) return { rows, problem: batch.problem }
    rows.push(...batch.value)
  }
  return { rows, problem: null }
}

describe('a sound candle file', () => {
  test('gives every row with its figures and its line', async () => {
    const { rows, problem } = await read(goodFile)
    expect(problem).toBeNull()
    expect(rows.map((row) => row.line)).toEqual([2, 3, 4])
    expect(rows[0]).toEqual({
      kind: 'candle',
      line: 2,
      candle: { openTimeMs: hourMs, open: 100.5, high: 102, low: 99.25, close: 101, volume: 4 },
    })
  })

  test.each([
    ['with Windows line breaks', goodFile.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${goodFile}`],
    ['without a last line break', goodFile.trimEnd()],
    ['with blank lines', `${goodFile}\n\n`],
  ])('is read %s', async (_, content) => {
    const { rows, problem } = await read(content)
    expect(problem).toBeNull()
    expect(rows).toHaveLength(3)
  })

  test('is read the same from gzip', async () => {
    expect(await read(gzipSync(goodFile), 'X-1h.csv.gz')).toEqual(await read(goodFile))
  })
})

describe('a bad row is told with its line and skipped', () => {
  test.each([
    ['7200000,100,99,98,100,1', 'the open or close is above the high'],
    ['7200000,100,101,100.5,101,1', 'the open or close is below the low'],
    ['7200000,100,98,99,100,1', 'the high is below the low'],
    ['7200000,0,101,0,100,1', 'a price is not above zero'],
    ['7200000,-1,101,-2,100,1', 'a price is not above zero'],
    ['7200000,100,101,99,100,-1', 'the volume is negative'],
    ['3600000,100,101,99,100,1', 'the timestamp repeats that of an earlier row'],
    ['0,100,101,99,100,1', 'the timestamp is before that of an earlier row'],
    ['7200001,100,101,99,100,1', 'the timestamp does not start a candle of this timeframe'],
  ])('%s: %s', async (row, reason) => {
    const { rows, problem } = await read([candleFileHeader, hour(1), row, hour(3)].join('\n'))
    expect(problem).toBeNull()
    expect(rows[1]).toEqual({ kind: 'bad_row', line: 3, reason })
    expect(rows).toHaveLength(3)
  })
})

describe('a broken file is refused with the line', () => {
  test.each([
    ['a column too few', `${candleFileHeader}\n${hour(1)}\n7200000,1,1,1,1\n${hour(3)}\n`, 'candle_file_broken', 3],
    ['a column too many', `${candleFileHeader}\n${hour(1)},9\n`, 'candle_file_broken', 2],
    ['a word for a number', `${candleFileHeader}\n3600000,1,1,one,1,1\n`, 'candle_file_broken', 2],
    ['an empty cell', `${candleFileHeader}\n3600000,1,1,,1,1\n`, 'candle_file_broken', 2],
    ['a hexadecimal number', `${candleFileHeader}\n3600000,1,0x1,1,1,1\n`, 'candle_file_broken', 2],
    ['no header', `${hour(1)}\n${hour(2)}\n`, 'candle_file_broken', 1],
    ['seconds with a fraction', `${candleFileHeader}\n3600.5,1,1,1,1,1\n`, 'candle_file_broken', 2],
    ['microseconds', `${candleFileHeader}\n1735689600000000,1,1,1,1,1\n`, 'candle_file_broken', 2],
    ['only bad rows', `${candleFileHeader}\n1,1,1,1,1,1\n2,1,1,1,1,1\n`, 'candle_file_broken', 3],
    ['an endless line', `${candleFileHeader}\n${'1'.repeat(300_000)}`, 'candle_file_broken', 2],
    ['an end inside a row', `${candleFileHeader}\n${hour(1)}\n7200000,100,10`, 'candle_file_cut', 3],
  ])('%s', async (_, content, code, line) => {
    const { problem } = await read(content)
    expect(problem?.code).toBe(code)
    expect(problem?.message).toContain(`line ${line}:`)
  })

  test('text in another encoding', async () => {
    const latin1 = Buffer.from(`${candleFileHeader}\n${hour(1)}\n7200000,1,1,1,1,1 \u00e9t\u00e9\n`, 'latin1')
    const { problem } = await read(latin1)
    expect(problem?.code).toBe('candle_file_not_utf8')
    expect(problem?.message).toContain('line 3:')
    const utf16 = await read(Buffer.from(`\ufeff${goodFile}`, 'utf16le'))
    expect(utf16.problem?.code).toBe('candle_file_not_utf8')
  })

  test('nothing in it', async () => {
    expect((await read('')).problem?.code).toBe('candle_file_empty')
    expect((await read(`${candleFileHeader}\n`)).problem?.code).toBe('candle_file_empty')
    expect((await readPath(join(dir, 'nowhere.csv'))).problem?.code).toBe('candle_file_missing')
    expect((await readPath(dir)).problem?.code).toBe('candle_file_unreadable')
  })

  test('a long run of bad rows names the first of them', async () => {
    const off = Array.from({ length: 150 }, (_, index) => `${2 * hourMs + index + 1},1,1,1,1,1`)
    const { problem } = await read([candleFileHeader, hour(1), ...off].join('\n'))
    expect(problem?.code).toBe('candle_file_broken')
    expect(problem?.message).toContain('line 3:')
  })
})

describe('whatever happens to a file', () => {
  const long = [candleFileHeader, ...Array.from({ length: 3000 }, (_, index) => hour(index + 1))].join('\n')

  test('gzip cut at any length is refused with a line', async () => {
    const whole = gzipSync(long)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (length) => {
        const { problem } = await read(whole.subarray(0, length), 'cut-1h.csv.gz')
        expect(problem?.code).toBe('candle_file_cut')
        expect(problem?.message).toMatch(/, line \d+:/)
      }),
      { numRuns: 60 },
    )
  })

  test('a plain file cut at any length is refused with its last line, or reads as whole rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: long.length - 1 }), async (length) => {
        const kept = long.slice(0, length)
        const { rows, problem } = await read(kept, 'cut-1h.csv')
        const lines = kept.split('\n').length
        if (problem === null) expect(rows.length).toBe(kept.endsWith('\n') ? lines - 2 : lines - 1)
        else if (problem.code === 'candle_file_cut') expect(problem.message).toContain(`line ${lines}:`)
        else expect(problem.code).toBe('candle_file_empty')
      }),
      { numRuns: 60 },
    )
  })

  test('garbage anywhere never crashes, and a refusal names a line of the file', async () => {
    const bytes = Buffer.from(long)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (at, garbage, isPacked) => {
          const spoilt = isPacked ? Buffer.from(gzipSync(bytes)) : Buffer.from(bytes)
          spoilt.set(garbage.subarray(0, spoilt.length - (at % spoilt.length)), at % spoilt.length)
          const { rows, problem } = await read(spoilt, isPacked ? 'bad-1h.csv.gz' : 'bad-1h.csv')
          if (problem === null) {
            expect(rows.length).toBeGreaterThan(2900)
            return
          }
          const line = Number(/, line (\d+):/.exec(problem.message)?.[1])
          expect(line).toBeGreaterThanOrEqual(1)
          if (!isPacked) expect(line).toBeLessThanOrEqual(3043)
          expect(rows.every((row) => row.line < line)).toBe(true)
        },
      ),
      { numRuns: 120 },
    )
  })

  test('rows stand on the lines they name', async () => {
    const { rows } = await read(gzipSync(long), 'lines-1h.csv.gz')
    const lines = gunzipSync(gzipSync(long)).toString().split('\n')
    expect(rows).toHaveLength(3000)
    for (const row of rows) {
      if (row.kind === 'candle') expect(lines[row.line - 1]?.startsWith(`${row.candle.openTimeMs},`)).toBe(true)
    }
  })
})
