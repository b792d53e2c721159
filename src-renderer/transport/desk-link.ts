import {
  type DeskCallName,
  type DeskCalls,
  type DeskPush,
  type DeskPushes,
  deskCallAnswers,
  deskPushSchema,
} from '@shared/contract/desk-calls'
import {
  type ModelCallName,
  type ModelCalls,
  type ModelJob,
  type ModelPushes,
  modelCallAnswers,
  modelJobSchema,
} from '@shared/contract/model-library'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { createBirpc } from 'birpc'
import { z } from 'zod'
import { listeners } from './listeners'
import type { DeskTransport, LinkState } from './transport'

const PATIENCE_MS = 15_000
/** A header or a licence comes from the hub, and the machine is measured first: the engine gives up by itself. */
const SLOW_PATIENCE_MS = 300_000
const slowCalls: ReadonlySet<AskedName> = new Set(['checkModels', 'modelLicence', 'pauseModel', 'chooseModel'])

export type CallProblemCode = 'not_connected' | 'call_failed' | 'answer_not_understood'

type AskedName = DeskCallName | ModelCallName
const callAnswers = { ...deskCallAnswers, ...modelCallAnswers }

type Answer<Name extends AskedName> = z.infer<(typeof callAnswers)[Name]>
type Ask<Name extends AskedName> = (
  ...args: Parameters<(DeskCalls & ModelCalls)[Name]>
) => Promise<Outcome<Answer<Name>, CallProblemCode>>

/** The contract's calls as the screen makes them: every answer is checked, every failure is a value. */
export interface DeskLink {
  readonly ask: { readonly [Name in AskedName]: Ask<Name> }
  onPush(listener: (push: DeskPush) => void): () => void
  /** How downloads and other long work of the model library go on; told once the models have been asked for. */
  onModelJobs(listener: (jobs: readonly ModelJob[]) => void): () => void
  /** Something arrived that the contract does not know. */
  onPushProblem(listener: (problem: Problem<CallProblemCode>) => void): () => void
  onState(listener: (state: LinkState) => void): () => void
  retryNow(): void
  close(): void
}

/** Speaks the contract over a transport: birpc in JSON text frames, checked with the contract's schemas. */
export function createDeskLink(transport: DeskTransport): DeskLink {
  const pushes = listeners<DeskPush>()
  const modelJobs = listeners<readonly ModelJob[]>()
  const pushProblems = listeners<Problem<CallProblemCode>>()

  const desk: DeskPushes & ModelPushes = {
    deskChanged(push) {
      const checked = deskPushSchema.safeParse(push)
      if (checked.success) pushes.tell(checked.data)
      else pushProblems.tell(notUnderstood('a change of the desk', checked.error).problem)
    },
    modelsChanged(jobs) {
      const checked = modelJobsSchema.safeParse(jobs)
      if (checked.success) modelJobs.tell(checked.data)
      else pushProblems.tell(notUnderstood('how a download goes on', checked.error).problem)
    },
  }
  const rpc = createBirpc<DeskCalls & ModelCalls, DeskPushes & ModelPushes>(desk, {
    post(text: string) {
      if (!transport.send(text)) throw new Error('There is no connection to the engine.')
    },
    on: (listener) => transport.onText(listener),
    serialize: JSON.stringify,
    deserialize: parseFrame,
    // How long to wait depends on the call.
    timeout: -1,
    resolver: (name, known) => (name === 'deskChanged' || name === 'modelsChanged' ? known : undefined),
    // birpc names the function only where an acknowledgement could not be sent: the line is gone, nobody waits for it.
    onGeneralError: (_error, name) => name !== undefined,
  })

  let connected = false
  const leaveState = transport.onState((state) => {
    connected = state.phase === 'connected'
    if (!connected) rpc.$rejectPendingCalls()
  })

  async function checked<Name extends AskedName>(
    name: Name,
    schema: z.ZodType<Answer<Name>>,
    call: () => Promise<unknown>,
  ): Promise<Outcome<Answer<Name>, CallProblemCode>> {
    if (!connected) return failure('not_connected', `"${name}" was not sent: there is no connection to the engine.`)
    try {
      const answer = schema.safeParse(await answered(call(), slowCalls.has(name) ? SLOW_PATIENCE_MS : PATIENCE_MS))
      return answer.success ? success(answer.data) : notUnderstood(`the answer to "${name}"`, answer.error)
    } catch (error) {
      if (!connected) {
        return failure(
          'not_connected',
          `The connection broke before the engine answered "${name}". Look at the desk's state once it is back.`,
        )
      }
      return failure('call_failed', `The engine did not do "${name}": ${reasonOf(error)}`)
    }
  }

  return {
    ask: {
      snapshot: () => checked('snapshot', deskCallAnswers.snapshot, () => rpc.snapshot()),
      candles: (query) => checked('candles', deskCallAnswers.candles, () => rpc.candles(query)),
      decisions: (query) => checked('decisions', deskCallAnswers.decisions, () => rpc.decisions(query)),
      activity: (query) => checked('activity', deskCallAnswers.activity, () => rpc.activity(query)),
      news: (query) => checked('news', deskCallAnswers.news, () => rpc.news(query)),
      switchNews: (wish) => checked('switchNews', deskCallAnswers.switchNews, () => rpc.switchNews(wish)),
      pause: () => checked('pause', deskCallAnswers.pause, () => rpc.pause()),
      resume: () => checked('resume', deskCallAnswers.resume, () => rpc.resume()),
      kill: () => checked('kill', deskCallAnswers.kill, () => rpc.kill()),
      reopenModels: () => checked('reopenModels', deskCallAnswers.reopenModels, () => rpc.reopenModels()),
      placeOrder: (ticket) => checked('placeOrder', deskCallAnswers.placeOrder, () => rpc.placeOrder(ticket)),
      cancelOrder: (order) => checked('cancelOrder', deskCallAnswers.cancelOrder, () => rpc.cancelOrder(order)),
      models: () => checked('models', callAnswers.models, () => rpc.models()),
      checkModels: (query) => checked('checkModels', callAnswers.checkModels, () => rpc.checkModels(query)),
      modelLicence: (query) => checked('modelLicence', callAnswers.modelLicence, () => rpc.modelLicence(query)),
      pullModel: (wish) => checked('pullModel', callAnswers.pullModel, () => rpc.pullModel(wish)),
      pauseModel: (wish) => checked('pauseModel', callAnswers.pauseModel, () => rpc.pauseModel(wish)),
      importModel: (wish) => checked('importModel', callAnswers.importModel, () => rpc.importModel(wish)),
      removeModel: (wish) => checked('removeModel', callAnswers.removeModel, () => rpc.removeModel(wish)),
      verifyModels: () => checked('verifyModels', callAnswers.verifyModels, () => rpc.verifyModels()),
      chooseModel: (wish) => checked('chooseModel', callAnswers.chooseModel, () => rpc.chooseModel(wish)),
    },
    onPush: pushes.add,
    onModelJobs: modelJobs.add,
    onPushProblem: pushProblems.add,
    onState: transport.onState,
    retryNow: transport.retryNow,
    close() {
      leaveState()
      rpc.$close()
      transport.close()
    },
  }
}

const modelJobsSchema = z.array(modelJobSchema)

/** The answer, or after so long an error in its place: what comes later than that is dropped. */
async function answered(answer: Promise<unknown>, patienceMs: number): Promise<unknown> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`it has not answered for ${patienceMs / 1000} s.`)), patienceMs)
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
}

function notUnderstood(what: string, error: z.ZodError): { ok: false; problem: Problem<CallProblemCode> } {
  return failure(
    'answer_not_understood',
    `The screen does not understand ${what} (${z.prettifyError(error).split('\n')[0] ?? 'no detail'}). ` +
      'Reload the page; if that does not help, the screen and the engine are of different versions: start Quartet again.',
  )
}

const frameSchema = z.looseObject({ t: z.string() })
/** An answer to no call. */
const droppedFrame = { t: 's', i: '' }

/** What is no frame becomes an answer to no call, which birpc drops. */
function parseFrame(text: string): unknown {
  try {
    const frame = frameSchema.safeParse(JSON.parse(text))
    return frame.success ? frame.data : droppedFrame
  } catch {
    return droppedFrame
  }
}

const remoteError = z.object({ message: z.string().min(1) })

/** An error that crossed the wire as JSON is a plain object, and one that JSON could not carry is an empty one. */
function reasonOf(error: unknown): string {
  const known = remoteError.safeParse(error instanceof Error ? { message: error.message } : error)
  return known.success ? known.data.message : 'it gave no reason. Its log has more.'
}
