import { existsSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AnswerFile,
  type AnswerFileOptions,
  answerFileSize,
  clearAnswerFile,
  openAnswerFile,
} from '../../../../src-main/engine/gateway/answer-cache/answer-file'
import { type KeptAnswer, rowDigest } from '../../../../src-main/engine/gateway/answer-cache/kept-answer'
import { fillDisk, mountSmallDisk, noSmallDisk, type SmallDisk } from '../../../helpers/small-disk'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const dayMs = 86_400_000
const answer: KeptAnswer = {
  answers: [{ question: 'action', probabilities: { buy: 0.7123, sell: 0.0877, hold: 0.2 }, orderBias: 0.0312 }],
  rationale: 'The trend is up.',
  leftOut: 0,
  tokens: { input: 91, output: 12 },
}

let folder: string
let path: string
let words: string[]
let nowMs: number
const open: AnswerFile[] = []

beforeEach(() => {
  folder = temporaryFolder('answers')
  path = join(folder, 'data', 'answers.db')
  words = []
  nowMs = Date.UTC(2026, 0, 1)
})
afterEach(() => {
  for (const file of open.splice(0)) file.close()
})

function opened(changes: Partial<AnswerFileOptions> = {}): AnswerFile {
  const log = { warn: (_: object, message: string) => words.push(message) }
  const file = openAnswerFile({ path, mostBytes: 1e9, log, nowMs: () => nowMs, ...changes })
  if (!file.ok) throw new Error(file.problem.message)
  open.push(file.value)
  return file.value
}

/** Changes the file behind the back of Quartet. */
function meddle(sql: string, ...values: string[]): void {
  const database = new Database(path)
  database.prepare(sql).run(...values)
  database.close()
}

describe('Kept answers', () => {
  it('are the same after the file was closed and opened', () => {
    const first = opened()
    first.keep('a', answer)
    first.close()
    expect(opened().find('a')).toEqual(answer)
    expect(opened().find('b')).toBeNull()
    expect(words).toEqual([])
  })

  it('are shared by two programs at one time', () => {
    const [left, right] = [opened(), opened()]
    left.keep('a', answer)
    right.keep('a', answer)
    right.keep('b', { ...answer, rationale: 'Also.' })
    expect([right.find('a'), left.find('b')?.rationale]).toEqual([answer, 'Also.'])
    expect(answerFileSize(path)).toMatchObject({ ok: true, value: { entries: 2 } })
  })

  it('leave at the limit, those first that were not used for longest', () => {
    const before = opened()
    const old = Array.from({ length: 1000 }, (_, index) => `old ${index}`)
    for (const key of old) before.keep(key, answer)
    const full = answerFileSize(path)
    if (!full.ok) throw new Error(full.problem.message)
    const mostBytes = 1.5 * full.value.bytes
    const file = opened({ mostBytes })
    nowMs += dayMs
    const used = old.slice(0, 20)
    for (const key of used) file.find(key)
    nowMs += dayMs
    const recent = Array.from({ length: 1200 }, (_, index) => `new ${index}`)
    for (const key of recent) file.keep(key, answer)
    const known = (keys: readonly string[]): number => keys.filter((key) => file.find(key) !== null).length
    expect(known(used)).toBe(used.length)
    expect(known(recent)).toBe(recent.length)
    expect(known(old.slice(20, 120))).toBe(0)
    const size = answerFileSize(path)
    expect(size.ok && size.value.bytes).toBeLessThanOrEqual(mostBytes)
    expect(statSync(path).size).toBeLessThan(1.5 * mostBytes)
  })

  it('leave at once when the limit was lowered', () => {
    const file = opened()
    for (let index = 0; index < 2000; index += 1) file.keep(`${index}`, answer)
    file.close()
    opened({ mostBytes: 100_000 })
    const size = answerFileSize(path)
    expect(size.ok && size.value.bytes).toBeLessThanOrEqual(100_000)
  })

  it('are forgotten on request, also those that another program holds open', () => {
    const file = opened()
    file.keep('a', answer)
    expect(clearAnswerFile(path)).toEqual({ ok: true, value: 1 })
    expect(file.find('a')).toBeNull()
    expect(clearAnswerFile(join(folder, 'nothing-here.db'))).toEqual({ ok: true, value: 0 })
  })
})

describe('An answer that is not what was written', () => {
  const text = JSON.stringify(answer)
  const flattering = text.replace('0.7123', '0.9123')
  it.each([
    ['has another probability', "UPDATE answers SET answer = replace(answer, '0.7123', '0.9123')", []],
    ['is cut off', 'UPDATE answers SET answer = substr(answer, 1, 40)', []],
    ['belongs to another key', 'UPDATE answers SET digest = ?', [rowDigest('b', text)]],
    ['is no answer', 'UPDATE answers SET answer = ?, digest = ?', ['[]', rowDigest('a', '[]')]],
    ['is no JSON', 'UPDATE answers SET answer = ?, digest = ?', ['yes', rowDigest('a', 'yes')]],
    [
      'claims a probability of 2',
      'UPDATE answers SET answer = ?, digest = ?',
      [flattering.replace('0.9123', '2'), rowDigest('a', flattering.replace('0.9123', '2'))],
    ],
  ])('is dropped with a word when it %s', (_, sql, values) => {
    const file = opened()
    file.keep('a', answer)
    meddle(sql, ...values)
    expect(file.find('a')).toBeNull()
    expect(words).toEqual(['A kept answer is not what was written; it is dropped, and the model is asked anew'])
    expect(answerFileSize(path)).toMatchObject({ ok: true, value: { entries: 0 } })
    file.keep('a', answer)
    expect(file.find('a')).toEqual(answer)
  })
})

describe('A file that cannot be read', () => {
  const dropped = ['The kept answers cannot be read; they are dropped, and models are asked anew']
  const makeFile = (content: string): void => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(path, content)
  }

  it.each([
    ['is no SQLite file', () => makeFile('These are not answers. '.repeat(300))],
    [
      'belongs to something else',
      () => {
        makeFile('')
        meddle('CREATE TABLE answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)')
      },
    ],
    [
      'is of a newer Quartet',
      () => {
        opened().close()
        const database = new Database(path)
        database.pragma('user_version = 2')
        database.close()
      },
    ],
  ])('is begun anew with a word when it %s', (_, spoil) => {
    spoil()
    const file = opened()
    expect(words).toEqual(dropped)
    file.keep('a', answer)
    expect(file.find('a')).toEqual(answer)
  })

  it('because it was damaged in the middle knows nothing from then on, and is begun anew the next time', () => {
    const file = opened()
    for (let index = 0; index < 3000; index += 1) file.keep(`key ${index}`, answer)
    file.close()
    truncateSync(path, 40_960)
    const damaged = opened()
    const found = Array.from({ length: 3000 }, (_, index) => damaged.find(`key ${index}`))
    expect(found.every((one) => one === null || one.rationale === answer.rationale)).toBe(true)
    damaged.keep('a', answer)
    expect(words).toHaveLength(1)
    const next = opened()
    next.keep('a', answer)
    expect(next.find('a')).toEqual(answer)
  })

  it('because another program holds it for long is done without, with one word', () => {
    const file = opened()
    file.keep('a', answer)
    const holder = new Database(path)
    holder.exec('BEGIN IMMEDIATE')
    for (const key of ['b', 'c', 'd']) file.keep(key, answer)
    holder.exec('ROLLBACK')
    holder.close()
    expect(words).toEqual(['The kept answers fail; models are asked without them'])
    expect(file.find('a')).toBeNull()
    expect(opened().find('a')).toEqual(answer)
  })

  it('because the disk is full is done without, with one word, and serves again once there is space', ({ skip }) => {
    onSmallDisk('400k', skip, (disk) => {
      const file = opened()
      file.keep('a', answer)
      fillDisk(join(folder, 'data'))
      for (let index = 0; index < 100; index += 1) file.keep(`key ${index}`, answer)
      expect(words).toEqual(['The kept answers fail; models are asked without them'])
      expect(file.find('a')).toBeNull()
      disk.grow('64m')
      const again = opened()
      expect(again.find('a')).toEqual(answer)
      again.keep('b', answer)
      expect(again.find('b')).toEqual(answer)
      expect(words).toHaveLength(1)
    })
  })

  it('because the disk is read-only is told as a problem, and kept', ({ skip }) => {
    onSmallDisk('4m', skip, (disk) => {
      const file = opened()
      file.keep('a', answer)
      file.close()
      disk.setReadOnly()
      const outcome = openAnswerFile({ path, mostBytes: 1e9, log: { warn: () => undefined }, nowMs: () => 0 })
      expect(outcome).toMatchObject({ ok: false, problem: { code: 'answers_unusable' } })
      disk.setWritable()
      expect(opened().find('a')).toEqual(answer)
    })
  })

  function onSmallDisk(size: string, skip: (reason: string) => never, act: (disk: SmallDisk) => void): void {
    mkdirSync(join(folder, 'data'))
    const disk = mountSmallDisk(join(folder, 'data'), size)
    if (disk === null) skip(noSmallDisk)
    try {
      act(disk)
    } finally {
      for (const file of open.splice(0)) file.close()
      disk.unmount()
    }
  }

  it('because its place is taken is told as a problem, and nothing there is touched', () => {
    mkdirSync(path, { recursive: true })
    const outcome = openAnswerFile({ path, mostBytes: 1, log: { warn: () => undefined }, nowMs: () => 0 })
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'answers_unusable' } })
    expect(existsSync(path)).toBe(true)
  })
})
