import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CalibrationMap, calibrationMapSchema } from '@shared/contract/calibration'
import { beforeEach, expect, test } from 'vitest'
import { addCalibration, readCalibration } from '../../../src-main/engine/analysis/calibration-file'
import { temporaryFolder } from '../../helpers/temporary-folder'

let dataDir = ''
beforeEach(() => {
  dataDir = temporaryFolder('calibration')
})

const path = (): string => join(dataDir, 'calibration.json')

function map(changes: Partial<CalibrationMap> = {}): CalibrationMap {
  return calibrationMapSchema.parse({
    modelHash: 'a'.repeat(64),
    promptVersion: 'p1',
    symbolClass: 'majors',
    timeframe: '1h',
    horizon: '4h',
    samples: 200,
    fromMs: 1,
    toMs: 2,
    curve: {
      method: 'isotonic',
      knots: [
        [0.4, 0.2],
        [0.9, 0.5],
      ],
    },
    ...changes,
  })
}

test('without a file there are no maps', () => {
  expect(readCalibration(dataDir)).toEqual({ ok: true, value: [] })
})

test('maps are kept, and a new one replaces the one for the same model, prompt, pairs and candles', () => {
  addCalibration(dataDir, [map(), map({ symbolClass: 'alts' })])
  addCalibration(dataDir, [map({ samples: 900 })])
  expect(readCalibration(dataDir)).toEqual({ ok: true, value: [map({ symbolClass: 'alts' }), map({ samples: 900 })] })
  expect(readdirSync(dataDir)).toEqual(['calibration.json'])
})

test('the data folder is made where there is none yet', () => {
  expect(addCalibration(join(dataDir, 'new', 'folder'), [map()])).toMatchObject({ ok: true })
})

test.each([
  ['no JSON', '{ "version": 1, ', 'calibration_unreadable'],
  ['nothing but null', 'null', 'calibration_invalid'],
  ['another version', '{ "version": 2, "maps": [] }', 'calibration_invalid'],
  ['an unknown key', '{ "version": 1, "maps": [], "scale": 2 }', 'calibration_invalid'],
  ['a falling curve', JSON.stringify({ version: 1, maps: [falling()] }), 'calibration_invalid'],
  ['a value above 1', JSON.stringify({ version: 1, maps: [tooHigh()] }), 'calibration_invalid'],
])('a file with %s is refused in words, and never written over', (_, content, code) => {
  writeFileSync(path(), content)
  const read = readCalibration(dataDir)
  expect(read).toMatchObject({ ok: false, problem: { code, message: expect.stringContaining('--fit-calibration') } })
  expect(addCalibration(dataDir, [map()])).toEqual(read)
  expect(readFileSync(path(), 'utf8')).toBe(content)
})

test('a folder that cannot be written to is told, and leaves nothing behind', () => {
  const file = join(dataDir, 'a-file')
  writeFileSync(file, '')
  expect(addCalibration(join(file, 'inside'), [map()])).toMatchObject({ ok: false })
  expect(readdirSync(dataDir)).toEqual(['a-file'])
})

function falling(): unknown {
  return {
    ...map(),
    curve: {
      method: 'isotonic',
      knots: [
        [0.4, 0.6],
        [0.9, 0.5],
      ],
    },
  }
}

function tooHigh(): unknown {
  return { ...map(), curve: { method: 'isotonic', knots: [[0.4, 1.6]] } }
}
