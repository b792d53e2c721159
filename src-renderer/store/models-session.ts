import type { Slot } from '@shared/contract/model'
import type { LicenceText, ModelJob, ModelsView } from '@shared/contract/model-library'
import type { Outcome } from '@shared/contract/outcome'
import type { CallProblemCode, DeskLink } from '../transport/desk-link'
import type { Notice } from './desk-store'
import type { ModelsStore } from './models-store'

export interface ModelsSession {
  /** Reads the library and measures the machine; from then on what goes on in the library is followed. */
  open(): Promise<void>
  /** Judges whether a model fits before it is fetched; the answer comes into the store. */
  check(model: string): Promise<void>
  licence(model: string): Promise<Outcome<LicenceText, CallProblemCode>>
  /** Begins a download or goes on with it. `acceptLicence` is the hash of the text that was read and agreed to. */
  pull(model: string, accepted: Accepted): Promise<void>
  pause(model: string): Promise<void>
  /** Ends a download and throws away what has come. */
  discard(model: string): Promise<void>
  importFile(path: string, slot: Slot): Promise<boolean>
  remove(model: string): Promise<void>
  verify(): Promise<void>
  /** Gives a seat a model, or with null the starter, from the next start of the desk on. */
  choose(slot: Slot, model: string | null): Promise<void>
  close(): void
}

export interface Accepted {
  readonly licence: string | null
  readonly sha256: string | null
}

const nothingAccepted: Accepted = { licence: null, sha256: null }

/** Follows the model library once somebody has opened it, and tells its ends and refusals wherever the user looks. */
export function startModelsSession(
  link: DeskLink,
  store: ModelsStore,
  { say, isShown }: { say(notice: Notice): void; isShown(): boolean },
): ModelsSession {
  let isOpen = false
  let toldJobs: readonly ModelJob[] = []
  /** Jobs that have ended since the library was read: what they left on the disk is not known yet. */
  const unread = new Set<string>()

  function show(view: ModelsView): void {
    toldJobs = view.jobs
    store.setState({ view, problem: null })
  }

  async function read(): Promise<void> {
    const view = await link.ask.models()
    if (view.ok) show(view.value)
    else store.setState({ problem: view.problem.message })
  }

  async function measure(): Promise<void> {
    store.setState({ machine: await link.ask.checkModels({ model: null }) })
  }

  /** What the engine answers is the new view; a refusal is told. */
  async function change(asked: Promise<Outcome<ModelsView, CallProblemCode>>, done?: string): Promise<boolean> {
    const answer = await asked
    if (answer.ok) {
      show(answer.value)
      if (done !== undefined) say({ tone: 'done', text: done })
    } else say({ tone: 'failed', text: answer.problem.message })
    return answer.ok
  }

  function forgetFit(model: string): void {
    const fits = new Map(store.getState().fits)
    fits.delete(model)
    store.setState({ fits })
  }

  function follow(jobs: readonly ModelJob[]): void {
    const { view } = store.getState()
    if (view === null) return
    const ended = jobs.filter(
      (job) => job.ended !== null && toldJobs.some((before) => keyOf(before) === keyOf(job) && before.ended === null),
    )
    toldJobs = jobs
    for (const job of ended) unread.add(keyOf(job))
    // Until the library is read again, what has ended is shown as it last went: it would seem to have left nothing.
    store.setState({
      view: { ...view, jobs: jobs.map((job) => (unread.has(keyOf(job)) ? { ...job, ended: null } : job)) },
    })
    for (const { ended: end, model } of ended) {
      forgetFit(model)
      if (end === null || end.code === 'cancelled') continue
      // What failed stands with its model: whoever looks at the models needs no second word.
      if (end.ok || !isShown()) say({ tone: end.ok ? 'done' : 'failed', text: end.message })
    }
    if (ended.length > 0) void readAfter(ended)
  }

  async function readAfter(ended: readonly ModelJob[]): Promise<void> {
    await read()
    for (const job of ended) unread.delete(keyOf(job))
    await measure()
  }

  const leave = [
    link.onModelJobs(follow),
    link.onState(({ phase }) => {
      if (phase === 'connected' && isOpen) void read()
    }),
  ]

  return {
    async open() {
      isOpen = true
      await Promise.all([read(), measure()])
    },
    async check(model) {
      const { fits } = store.getState()
      if (fits.get(model) === null) return
      store.setState({ fits: new Map(fits).set(model, null) })
      const checked = await link.ask.checkModels({ model })
      store.setState({ fits: new Map(store.getState().fits).set(model, checked) })
    },
    licence: (model) => link.ask.modelLicence({ model }),
    async pull(model, { licence, sha256 } = nothingAccepted) {
      await change(link.ask.pullModel({ model, acceptLicence: licence, acceptSha256: sha256 }))
    },
    async pause(model) {
      await change(link.ask.pauseModel({ model, discard: false }))
    },
    async discard(model) {
      await change(link.ask.pauseModel({ model, discard: true }))
    },
    importFile: (path, slot) => change(link.ask.importModel({ path, slot })),
    async remove(model) {
      await change(link.ask.removeModel({ model }), `${model} is removed.`)
      await measure()
    },
    async verify() {
      await change(link.ask.verifyModels())
    },
    async choose(slot, model) {
      const done = `${model ?? 'The starter'} serves this seat from the next start of the desk on.`
      await change(link.ask.chooseModel({ slot, model }), done)
      await measure()
    },
    close() {
      for (const stop of leave) stop()
    },
  }
}

const keyOf = ({ kind, model }: ModelJob): string => `${kind} ${model}`
