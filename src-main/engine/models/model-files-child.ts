import { type ChildProcess, fork } from 'node:child_process'
import {
  type FetchedFile,
  type Fit,
  type FitRequest,
  type GgufHeader,
  type HubPlace,
  type Machine,
  type ModelFilesCalls,
  type ModelFilesProblemCode,
  type ModelFilesPushes,
  type ModelSource,
  modelFilesCallAnswers,
  modelFilesFrameSchema,
  type TransferProgress,
  type TransferRequest,
  transferProgressSchema,
} from '@shared/contract/model-files'
import { failure, type Outcome } from '@shared/contract/outcome'
import { type BirpcReturn, createBirpc } from 'birpc'
import type { z } from 'zod'

export interface ModelFilesOptions {
  /** The built model-files program. */
  readonly program: string
  /** A plain Node runtime, never Electron's own binary. */
  readonly nodePath: string
  readonly env: NodeJS.ProcessEnv
  /** How long the process stays after its last call: an open llama.cpp holds memory on the GPU. */
  readonly idleMs?: number
}

type Answer<Value> = Promise<Outcome<Value, ModelFilesProblemCode>>

/** The model-files program as the library calls it: started for the first call, ended when nothing is left to do. */
export interface ModelFiles {
  machine(gpu: 'auto' | 'off'): Answer<Machine>
  header(source: ModelSource): Answer<GgufHeader>
  hash(path: string): Answer<{ sizeBytes: number; mtimeMs: number; sha256: string }>
  fit(request: FitRequest): Answer<{ header: GgufHeader; fit: Fit }>
  text(place: HubPlace): Answer<{ text: string }>
  /** An aborted `signal` pauses: the outcome is `cancelled`, and what has arrived stays. */
  transfer(
    request: TransferRequest,
    onProgress: (progress: TransferProgress) => void,
    signal: AbortSignal,
  ): Answer<FetchedFile>
  /** Of the running process; undefined when there is none. */
  pid(): number | undefined
  close(): Promise<void>
}

interface Running {
  readonly child: ChildProcess
  readonly rpc: BirpcReturn<ModelFilesCalls, ModelFilesPushes>
  readonly gone: Promise<void>
  how(): string
}

const usualIdleMs = 5000
const callDeadlineMs = 120_000

export function createModelFiles(options: ModelFilesOptions): ModelFiles {
  const listeners = new Map<string, (progress: TransferProgress) => void>()
  let running: Running | null = null
  let calls = 0
  let idle: NodeJS.Timeout | undefined
  let closed = false

  function start(): Running {
    const child = fork(options.program, [], {
      execPath: options.nodePath,
      execArgv: [],
      env: childEnvironment(options.env),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const gone = Promise.withResolvers<void>()
    let ending = ''
    let lastWords = ''
    const pushes: ModelFilesPushes = {
      transferChanged(raw) {
        const progress = transferProgressSchema.safeParse(raw)
        if (progress.success) listeners.get(progress.data.transferId)?.(progress.data)
      },
    }
    const rpc = createBirpc<ModelFilesCalls, ModelFilesPushes>(pushes, {
      timeout: -1,
      post: (message: unknown) => {
        if (child.connected) child.send({ message }, () => undefined)
      },
      on: (receive) => {
        child.on('message', (raw) => {
          const frame = modelFilesFrameSchema.safeParse(raw)
          if (frame.success) receive(frame.data.message)
          else child.kill('SIGKILL')
        })
      },
    })
    const end = (how: string): void => {
      if (ending !== '') return
      const lastLine = lastWords.trim().split('\n')[0] ?? ''
      ending = lastLine === '' ? how : `${how}: ${lastLine}`
      if (running?.child === child) running = null
      rpc.$close()
      gone.resolve()
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-keptStderrChars)
    })
    child.on('disconnect', () => child.kill('SIGKILL'))
    child.on('close', (code, signal) => end(signal ?? `code ${code}`))
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) end(`not started, ${error.code ?? 'unknown error'}`)
    })
    return { child, rpc, gone: gone.promise, how: () => ending }
  }

  /** The next call starts a fresh process, whether or not this one has ended by then. */
  function leave(process: Running): void {
    if (running === process) running = null
    process.child.kill('SIGKILL')
  }

  async function call<Value>(
    doing: string,
    schema: z.ZodType<Outcome<Value, ModelFilesProblemCode>>,
    deadlineMs: number | null,
    send: (process: Running) => Promise<unknown>,
  ): Answer<Value> {
    if (closed) return failure('model_files_exited', 'The model library is closed.')
    running ??= start()
    const process = running
    clearTimeout(idle)
    calls += 1
    const deadline = deadlineMs === null ? undefined : setTimeout(() => process.child.kill('SIGKILL'), deadlineMs)
    try {
      const answer = schema.safeParse(await send(process))
      if (answer.success) return answer.data
      return failure('model_files_exited', `The model-files program gave no proper answer while ${doing}. Try again.`)
    } catch {
      await process.gone
      return failure(
        'model_files_exited',
        `The model-files program ended (${process.how()}) while ${doing}. Try again.`,
      )
    } finally {
      clearTimeout(deadline)
      calls -= 1
      if (calls === 0 && running === process) {
        idle = setTimeout(() => leave(process), options.idleMs ?? usualIdleMs)
        idle.unref()
      }
    }
  }

  const answers = modelFilesCallAnswers
  return {
    machine: (gpu) =>
      call('looking at the machine', answers.machine, callDeadlineMs, ({ rpc }) => rpc.$call('machine', { gpu })),
    header: (source) =>
      call('reading a header', answers.header, callDeadlineMs, ({ rpc }) => rpc.$call('header', source)),
    hash: (path) => call('hashing a file', answers.hash, null, ({ rpc }) => rpc.$call('hash', { path })),
    fit: (request) => call('estimating a fit', answers.fit, callDeadlineMs, ({ rpc }) => rpc.$call('fit', request)),
    text: (place) => call('fetching a text', answers.text, callDeadlineMs, ({ rpc }) => rpc.$call('text', place)),
    async transfer(request, onProgress, signal) {
      const { transferId } = request
      listeners.set(transferId, onProgress)
      const cancel = (): void => void running?.rpc.$callEvent('cancel', transferId)
      try {
        return await call('fetching a file', answers.transfer, null, async ({ rpc }) => {
          const fetched = rpc.$call('transfer', request)
          if (signal.aborted) cancel()
          signal.addEventListener('abort', cancel, { once: true })
          return fetched
        })
      } finally {
        signal.removeEventListener('abort', cancel)
        listeners.delete(transferId)
      }
    },
    pid: () => running?.child.pid,
    async close() {
      closed = true
      clearTimeout(idle)
      const process = running
      if (process === null) return
      process.child.kill('SIGKILL')
      await process.gone
    },
  }
}

const keptStderrChars = 4000

/**
 * What the program may see of the environment: where programs, libraries and temporary files lie, which GPU to use, and
 * how to reach the hub: its address, the trader's token for it, proxies and certificates.
 */
const allowedNames = [
  ...['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'windir', 'LANG', 'LD_LIBRARY_PATH'],
  ...['CUDA_PATH', 'CUDA_VISIBLE_DEVICES', 'VK_ICD_FILENAMES', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME'],
  ...['HF_ENDPOINT', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HOME'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
]

function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const allowed = allowedNames.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))
  // Node's own switch for the proxies above (from 22.21 and 24 on).
  return { ...Object.fromEntries(allowed), NODE_USE_ENV_PROXY: '1' }
}
