import { fork } from 'node:child_process'
import {
  type AskModel,
  type InferenceCalls,
  inferenceCallAnswers,
  inferenceFrameSchema,
  type LoadedModel,
  type LoadModel,
  type ModelAnswer,
  type ModelProblemCode,
} from '@shared/contract/inference'
import { failure, type Outcome } from '@shared/contract/outcome'
import { createBirpc } from 'birpc'
import type { z } from 'zod'
import { childEnvironment } from './child-environment'
import { exitInWords } from './exit-words'

export interface InferenceChildOptions {
  /** The built inference program. */
  readonly program: string
  /** A plain Node runtime, never Electron's own binary. */
  readonly nodePath: string
  /** Counts the children of one backend from one; frames of another generation are dropped. */
  readonly generation: number
  /** Called once, with the end of what the process said on stderr. */
  onExit(exit: ChildExit): void
}

export interface ChildExit {
  /** The signal or code, what it means, or why it never started; no process ids and no paths. */
  readonly how: string
  /** Whether we ended it: by `stop`, by `kill`, or after a deadline. */
  readonly expected: boolean
  readonly lastWords: string
}

/** One inference process from start to exit. Its exit event is the only truth about whether it lives. */
export interface InferenceChild {
  readonly pid: number | undefined
  /** The process is killed when the model is not loaded within the deadline; that outcome is `timeout`. */
  load(request: LoadModel, deadlineMs: number): Promise<Outcome<LoadedModel, ModelProblemCode>>
  /** After the deadline the question is withdrawn; a process that does not even give it back is killed. */
  ask(question: AskModel, deadlineMs: number): Promise<Outcome<ModelAnswer, ModelProblemCode>>
  kill(): void
  /** Asks the process to free its model and end, kills it after a deadline, and returns when it is gone. */
  stop(): Promise<void>
}

/** How long a process may take to give back a question that was withdrawn. */
const withdrawGraceMs = 2000
const stopDeadlineMs = 2000
const keptStderrChars = 4000

export function startInferenceChild(options: InferenceChildOptions): InferenceChild {
  const { generation } = options
  const child = fork(options.program, [String(generation)], {
    execPath: options.nodePath,
    execArgv: [],
    env: childEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const gone = Promise.withResolvers<void>()
  let exit: ChildExit | null = null
  let expected = false
  let lastWords = ''
  let lastRequestId = 0

  const rpc = createBirpc<InferenceCalls, Record<string, never>>(
    {},
    {
      timeout: -1,
      post: (message: unknown) => {
        // A message that cannot be sent is not yet the end of the process: the exit event says so, and soon.
        if (child.connected) child.send({ generation, message }, () => undefined)
      },
      on: (receive) => {
        child.on('message', (raw) => {
          const frame = inferenceFrameSchema.safeParse(raw)
          if (!frame.success) child.kill('SIGKILL')
          else if (frame.data.generation === generation && exit === null) receive(frame.data.message)
        })
      },
    },
  )

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptStderrChars)
  })
  child.on('disconnect', () => {
    if (exit === null) child.kill('SIGKILL')
  })
  // What it said last may still be in the pipe.
  child.on('close', (code, signal) => ended(exitInWords({ signal, code, lastWords })))
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (child.pid === undefined) ended(`not started, ${error.code ?? 'unknown error'}`)
  })

  function ended(how: string): void {
    if (exit !== null) return
    exit = { how, expected, lastWords }
    options.onExit(exit)
    rpc.$close()
    gone.resolve()
  }

  function kill(): void {
    expected = true
    child.kill('SIGKILL')
  }

  function exited(doing: string): Outcome<never, ModelProblemCode> {
    return failure('inference_exited', `The model's process ended (${exit?.how ?? 'unknown'}) while ${doing}.`)
  }

  /** One call; a rejected one means that the process is gone, since the child answers with values alone. */
  async function call<Answer>(
    doing: string,
    answerSchema: z.ZodType<Outcome<Answer, ModelProblemCode>>,
    send: () => Promise<unknown>,
  ): Promise<Outcome<Answer, ModelProblemCode>> {
    if (exit !== null) return exited(doing)
    let raw: unknown
    try {
      raw = await send()
    } catch {
      return exited(doing)
    }
    const answer = answerSchema.safeParse(raw)
    if (answer.success) return answer.data
    return failure('answer_invalid', `The model's process answered with something that is no answer while ${doing}.`)
  }

  return {
    pid: child.pid,
    async load(request, deadlineMs) {
      let late = false
      const deadline = setTimeout(() => {
        late = true
        kill()
      }, deadlineMs)
      const loaded = await call('loading', inferenceCallAnswers.load, () => rpc.$call('load', request))
      clearTimeout(deadline)
      return late && !loaded.ok ? failure('timeout', `The model was not loaded within ${deadlineMs} ms.`) : loaded
    },
    async ask(question, deadlineMs) {
      lastRequestId += 1
      const requestId = lastRequestId
      let late = false
      let grace: NodeJS.Timeout | undefined
      const deadline = setTimeout(() => {
        late = true
        void rpc.$callEvent('cancel', requestId)
        grace = setTimeout(kill, withdrawGraceMs)
      }, deadlineMs)
      const answer = await call('deciding', inferenceCallAnswers.ask, () => rpc.$call('ask', { requestId, question }))
      clearTimeout(deadline)
      clearTimeout(grace)
      return late && !answer.ok ? failure('timeout', `The model did not answer within ${deadlineMs} ms.`) : answer
    },
    kill,
    async stop() {
      if (exit !== null) return
      expected = true
      const deadline = setTimeout(kill, stopDeadlineMs)
      void rpc.$callEvent('stop')
      await gone.promise
      clearTimeout(deadline)
    },
  }
}
