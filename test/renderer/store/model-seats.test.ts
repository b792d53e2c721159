import type { ListedModel, ModelJob, ModelsView } from '@shared/contract/model-library'
import { describe, expect, test } from 'vitest'
import { otherJobs, seatsOf } from '../../../src-renderer/store/model-seats'
import { bundledEntries, installedModel, modelsView } from '../../helpers/scripted-models'

const [deepseek, qwen] = bundledEntries
const qwenId = qwen?.entry.id ?? ''

const viewWith = (changes: Partial<ModelsView>): ModelsView => ({ ...modelsView(), ...changes })
const seat = (view: ModelsView, slot: string) => seatsOf(view).find((known) => known.slot === slot)
const stage = (view: ModelsView) => seat(view, 'qwen')?.entries[0]?.stage

function pull(ended: ModelJob['ended']): ModelJob {
  return { kind: 'pull', model: qwenId, progress: null, ended }
}

function withPartial(bytes: number): ModelsView['entries'] {
  return bundledEntries.map((listed) =>
    listed.entry.id === qwenId ? { ...listed, state: 'partial', partialBytes: bytes } : listed,
  )
}

describe('the four seats', () => {
  test('each have what the catalogue lists for them, in its order, FinGPT two entries', () => {
    const seats = seatsOf(modelsView())
    expect(seats.map(({ slot, entries }) => [slot, entries.length])).toEqual([
      ['deepseek', 1],
      ['qwen', 1],
      ['fingpt', 2],
      ['phi3', 1],
    ])
    expect(seats.every(({ chosen, inUse }) => chosen === null && inUse === null)).toBe(true)
    expect(seats[0]?.entries[0]?.listed).toBe(deepseek)
  })

  test('tell what the settings give them from what the desk began with', () => {
    const mine: ListedModel = { ...installedModel('mine', 'qwen'), usedBy: ['deepseek'] }
    const view = viewWith({
      installed: [mine],
      inUse: [{ slot: 'qwen', model: 'mine' }],
      strangers: [{ slot: 'phi3', path: '/models/other.gguf' }],
    })
    expect(seatsOf(view).map(({ chosen, inUse }) => [chosen, inUse])).toEqual([
      ['mine', null],
      [null, 'mine'],
      [null, null],
      ['/models/other.gguf', null],
    ])
    expect(seat(view, 'qwen')?.others).toEqual([mine])
  })

  test('show a copy of an entry with the entry, once', () => {
    const copy: ListedModel = { ...installedModel('copy', 'qwen'), entryId: qwenId }
    const entries = bundledEntries.map((listed) =>
      listed.entry.id === qwenId ? { ...listed, state: 'installed' as const } : listed,
    )
    const view = viewWith({ installed: [copy], entries })
    expect(stage(view)).toEqual({ kind: 'installed', model: copy })
    expect(seat(view, 'qwen')?.others).toEqual([])
  })
})

describe('an entry on its way', () => {
  test('is absent, runs, is paused with what it has, or failed for a reason', () => {
    expect(stage(modelsView())).toEqual({ kind: 'absent' })
    expect(stage(viewWith({ jobs: [pull(null)] }))).toEqual({ kind: 'running', progress: null })
    const paused = pull({ ok: false, code: 'cancelled', message: 'Stopped.' })
    expect(stage(viewWith({ jobs: [paused], entries: withPartial(7) }))).toEqual({ kind: 'paused', bytes: 7 })
    const failed = pull({ ok: false, code: 'disk_full', message: 'No room.' })
    expect(stage(viewWith({ jobs: [failed], entries: withPartial(7) }))).toEqual({
      kind: 'failed',
      code: 'disk_full',
      message: 'No room.',
      bytes: 7,
    })
  })

  test('that was paused before the desk was started is paused, though no job tells of it', () => {
    expect(stage(viewWith({ entries: withPartial(9) }))).toEqual({ kind: 'paused', bytes: 9 })
  })
})

test('other work is told of while it runs and when it failed; an import that went well speaks for itself', () => {
  const running: ModelJob = { kind: 'verify', model: 'all', progress: null, ended: null }
  const failed: ModelJob = { ...running, kind: 'import', model: '/a', ended: { ok: false, code: 'x', message: 'No.' } }
  const done: ModelJob = { ...running, kind: 'import', model: '/b', ended: { ok: true, code: 'done', message: 'Yes.' } }
  expect(otherJobs(viewWith({ jobs: [running, pull(null), failed, done] }))).toEqual([running, failed])
})
