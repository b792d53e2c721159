import type { ModelJob, ModelsView } from '@shared/contract/model-library'
import { failure } from '@shared/contract/outcome'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Notice } from '../../../src-renderer/store/desk-store'
import { startModelsSession } from '../../../src-renderer/store/models-session'
import { createModelsStore, type ModelsStore } from '../../../src-renderer/store/models-store'
import { createDeskLink, type DeskLink } from '../../../src-renderer/transport/desk-link'
import { listeners } from '../../../src-renderer/transport/listeners'
import type { LinkState } from '../../../src-renderer/transport/transport'
import { until } from '../../helpers/processes'
import { modelsView } from '../../helpers/scripted-models'

const frameSchema = z.object({ m: z.string(), i: z.string(), a: z.array(z.unknown()) })
const pulling: ModelJob = { kind: 'pull', model: 'tiny', progress: null, ended: null }
const failed: ModelJob = { ...pulling, ended: { ok: false, code: 'not_found', message: 'It is not there.' } }
const done: ModelJob = { ...pulling, ended: { ok: true, code: 'done', message: 'tiny is installed.' } }
const machineTrouble = 'The machine cannot be measured.'

/** An engine that answers each call with the view it has, over a line of text frames. */
let view: ModelsView
let asked: string[]
let texts: ReturnType<typeof listeners<string>>
let states: ReturnType<typeof listeners<LinkState>>
let link: DeskLink
let store: ModelsStore
let told: Notice[]
let isShown: boolean

beforeEach(() => {
  view = modelsView()
  asked = []
  told = []
  isShown = false
  texts = listeners<string>()
  states = listeners<LinkState>()
  link = createDeskLink({
    send(text) {
      const { m, i } = frameSchema.parse(JSON.parse(text))
      asked.push(m)
      const answer = m === 'checkModels' ? { e: { message: machineTrouble } } : { r: view }
      queueMicrotask(() => texts.tell(JSON.stringify({ t: 's', i, ...answer })))
      return true
    },
    onText: texts.add,
    onState(listener) {
      listener({ phase: 'connected' })
      return states.add(listener)
    },
    retryNow: () => undefined,
    close: () => undefined,
  })
  store = createModelsStore()
})

const start = () => startModelsSession(link, store, { say: (notice) => told.push(notice), isShown: () => isShown })
const push = (...jobs: ModelJob[]): void => texts.tell(JSON.stringify({ t: 'q', m: 'modelsChanged', a: [jobs] }))
const jobs = () => store.getState().view?.jobs

describe('the library on the screen', () => {
  test('is not asked for before somebody opens it, and says what cannot be measured beside what can be read', async () => {
    const session = start()
    states.tell({ phase: 'connected' })
    expect(asked).toEqual([])
    await session.open()
    expect(asked.toSorted()).toEqual(['checkModels', 'models'])
    expect(store.getState()).toMatchObject({ view, problem: null, machine: { ok: false } })
  })

  test('is read again when the line comes back', async () => {
    await start().open()
    states.tell({ phase: 'reconnecting', attempt: 1, reason: 'gone' })
    view = { ...view, folder: '/elsewhere' }
    states.tell({ phase: 'connected' })
    await until('it was read', () => store.getState().view?.folder === '/elsewhere')
  })

  test('follows a download, and is read anew when it ends; the end is told wherever the user looks', async () => {
    await start().open()
    push(pulling)
    await until('it runs', () => jobs()?.length === 1)
    const before = asked.length
    push(done)
    await until('it was read', () => asked.length > before)
    expect(told).toEqual([{ tone: 'done', text: 'tiny is installed.' }])
    push(done, { ...pulling, model: 'other' })
    await until('the next is heard of', () => jobs()?.length === 2)
    expect(told).toHaveLength(1)
  })

  test.each([
    [false, ['It is not there.']],
    [true, []],
  ])('a failure is told in a notice unless its model is before the user: looking %s', async (looking, notices) => {
    isShown = looking
    await start().open()
    push(pulling)
    await until('it runs', () => jobs()?.[0]?.ended === null)
    // What the engine answers when it is read again: only then it is known what the job has left.
    view = { ...view, jobs: [failed] }
    push(failed)
    expect(jobs()?.[0]?.ended).toBeNull()
    await until('it ended', () => jobs()?.[0]?.ended !== null)
    expect(told.map(({ text }) => text)).toEqual(notices)
  })

  test('a push that is no list of jobs changes nothing and is reported', async () => {
    const problems: string[] = []
    link.onPushProblem(({ code }) => problems.push(code))
    await start().open()
    texts.tell(JSON.stringify({ t: 'q', m: 'modelsChanged', a: [[{ kind: 'steal', model: 'x' }]] }))
    await until('it is reported', () => problems.length === 1)
    expect(jobs()).toEqual([])
  })

  test('a refusal is told with its reason, and the view stays', async () => {
    const session = start()
    await session.open()
    await session.check('tiny')
    expect(store.getState().fits.get('tiny')).toEqual(
      failure('call_failed', `The engine did not do "checkModels": ${machineTrouble}`),
    )
    await session.choose('qwen', null)
    expect(told.at(-1)).toEqual({
      tone: 'done',
      text: 'The starter serves this seat from the next start of the desk on.',
    })
    expect(store.getState().view).toEqual(view)
  })
})
