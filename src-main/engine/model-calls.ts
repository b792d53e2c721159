import { isAbsolute } from 'node:path'
import { slotSchema } from '@shared/contract/model'
import type { ModelCalls, ModelJob, ModelsView } from '@shared/contract/model-library'
import type { Outcome } from '@shared/contract/outcome'
import type { InferenceSettings } from '@shared/contract/settings'
import type { ModelLibrary } from './models/library'

export interface ModelDesk {
  readonly calls: ModelCalls
  /** Told how jobs go on; returns the function that takes the listener away again. */
  subscribe(listener: (jobs: readonly ModelJob[]) => void): () => void
  /** Pauses what is being fetched and ends the library's program. */
  close(): Promise<void>
}

/** A problem that a screen can do nothing about but show: it travels as the error of the call. */
class CallFailed extends Error {}

interface RunningJob {
  job: ModelJob
  readonly stop: AbortController
  /** Resolves when the work has ended, however it did. */
  done: Promise<void>
}

/** Ended jobs that a screen may still want to show. */
const keptJobs = 20

/**
 * The model library for screens: a call is answered at once, and what takes longer than a screen waits (a download, a
 * hash of gigabytes) goes on as a job that is told of as it changes. `inUse` are the files that the desk began with.
 */
export function createModelDesk(library: ModelLibrary, inUse: InferenceSettings['modelFiles'] = {}): ModelDesk {
  const jobs = new Map<string, RunningJob>()
  const listeners = new Set<(jobs: readonly ModelJob[]) => void>()

  const shown = (): ModelJob[] => [...jobs.values()].map(({ job }) => job)

  function tell(): void {
    for (const listener of listeners) listener(shown())
  }

  function change(key: string, changes: Partial<ModelJob>): void {
    const running = jobs.get(key)
    if (running === undefined) return
    running.job = { ...running.job, ...changes }
    tell()
  }

  function begin(
    kind: ModelJob['kind'],
    model: string,
    work: (signal: AbortSignal, key: string) => Promise<Outcome<string>>,
  ): void {
    const key = `${kind} ${model}`
    if (jobs.get(key)?.job.ended === null) throw new CallFailed(`This is under way already: ${key}.`)
    const stop = new AbortController()
    jobs.delete(key)
    const running: RunningJob = { job: { kind, model, progress: null, ended: null }, stop, done: Promise.resolve() }
    jobs.set(key, running)
    for (const [old] of [...jobs].filter(([, { job }]) => job.ended !== null).slice(0, -keptJobs)) jobs.delete(old)
    tell()
    running.done = work(stop.signal, key).then(
      (outcome) => {
        const ended = outcome.ok
          ? { ok: true, code: 'done', message: outcome.value }
          : { ok: false, code: outcome.problem.code, message: outcome.problem.message }
        change(key, { ended })
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        change(key, { ended: { ok: false, code: 'bug', message: `This is a bug in Quartet: ${message}` } })
      },
    )
  }

  function orFail<Value>(outcome: Outcome<Value>): Value {
    if (outcome.ok) return outcome.value
    throw new CallFailed(outcome.problem.message)
  }

  async function view(): Promise<ModelsView> {
    const listed = orFail(await library.list())
    const used = slotSchema.options.flatMap((slot) => {
      const path = inUse[slot]
      if (path === undefined) return []
      return [{ slot, model: listed.installed.find((model) => model.path === path)?.id ?? path }]
    })
    return { ...listed, inUse: used, jobs: shown() }
  }

  return {
    calls: {
      models: view,
      checkModels: async ({ model }) => orFail(await library.check(model)),
      modelLicence: async ({ model }) => orFail(await library.licence(model)),
      async pullModel({ model, acceptLicence, acceptSha256 }) {
        begin('pull', model, async (signal, key) => {
          const onProgress = (progress: NonNullable<ModelJob['progress']>): void => change(key, { progress })
          const pulled = await library.pull(model, { acceptLicence, acceptSha256, signal, onProgress })
          return pulled.ok ? { ok: true, value: `${pulled.value.id} is installed.` } : pulled
        })
        return view()
      },
      async pauseModel({ model, discard }) {
        const key = `pull ${model}`
        const running = jobs.get(key)
        running?.stop.abort()
        await running?.done
        if (discard) {
          orFail(library.discard(model))
          jobs.delete(key)
          tell()
        }
        return view()
      },
      async importModel({ path, slot }) {
        if (!isAbsolute(path)) {
          throw new CallFailed(`"${path}" is no whole path. Name the file from the root of its disk on.`)
        }
        begin('import', path, async () => {
          const imported = await library.importFile(path, slot)
          return imported.ok ? { ok: true, value: `${imported.value.id} is installed.` } : imported
        })
        return view()
      },
      async removeModel({ model }) {
        orFail(library.remove(model))
        return view()
      },
      async verifyModels() {
        begin('verify', 'all', async () => {
          const verified = await library.verify()
          if (!verified.ok) return verified
          const wrong = verified.value.filter(({ ok }) => !ok)
          if (wrong.length === 0) return { ok: true, value: `${verified.value.length} files are what they were.` }
          const message = wrong.map((model) => model.message).join(' ')
          return { ok: false, problem: { code: 'hash_mismatch', message } }
        })
        return view()
      },
      async chooseModel({ slot, model }) {
        orFail(model === null ? library.leave(slot) : await library.choose(slot, model))
        return view()
      },
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      for (const { stop } of jobs.values()) stop.abort()
      await library.close()
      await Promise.all([...jobs.values()].map(({ done }) => done))
    },
  }
}
