import { type DeskCalls, type DeskPushes, deskCallArguments } from '@shared/contract/desk-calls'
import { type ModelCalls, type ModelPushes, modelCallArguments } from '@shared/contract/model-library'
import { createBirpc } from 'birpc'
import { z } from 'zod'
import type { ServedDesk } from './served-desk'

/** One connected screen, whatever carries its text frames: a WebSocket, or the shell's pipe. */
export interface DeskChannel {
  readonly desk: Pick<ServedDesk, 'calls' | 'subscribe' | 'models'>
  /** Hands one frame to the screen; a screen that is gone is no error. */
  send(text: string): void
  /** Calls the listener with every frame of the screen; returns the function that takes it away again. */
  onText(listener: (text: string) => void): () => void
}

/** What a screen sends: a call of birpc. Answers of the screen do not exist, its pushes expect none. */
const frameSchema = z.object({
  t: z.literal('q'),
  i: z.string().max(64).optional(),
  m: z.string().max(64),
  a: z.array(z.unknown()).max(8),
})

type Frame = z.infer<typeof frameSchema>

/**
 * Serves the desk's calls to one screen and tells it of every change. What comes from the screen is not trusted: a frame
 * that is no call is dropped, a call that the contract does not know or whose arguments it does not allow is answered
 * with an error in one sentence.
 */
export function serveDesk({ desk, send, onText }: DeskChannel): { close(): void } {
  let leaveText: () => void = () => undefined
  let leaveModels: (() => void) | null = null
  // A screen is told of the models once it has asked for them: another one has no use for it.
  const followModels = (): void => {
    leaveModels ??= desk.models.subscribe((jobs) => {
      rpc.modelsChanged.asEvent(jobs).catch(() => undefined)
    })
  }
  const calls = { ...checkedCalls(desk.calls), ...checkedModelCalls(desk.models.calls, followModels) }
  const rpc = createBirpc<DeskPushes & ModelPushes, DeskCalls & ModelCalls>(calls, {
    post: send,
    on: (receive) => {
      leaveText = onText((text) => {
        const frame = readFrame(text)
        if (frame !== null) receive(frame)
      })
    },
    off: () => leaveText(),
    serialize: writeFrame,
    eventNames: ['deskChanged', 'modelsChanged'],
    resolver: (name, call) => (knownCalls.has(name) ? call : undefined),
    // Nobody waits for an answer that cannot be sent.
    onGeneralError: () => true,
  })
  const leaveDesk = desk.subscribe((push) => {
    // A push that cannot be sent is lost; the screen asks for the whole state when it comes back.
    rpc.deskChanged.asEvent(push).catch(() => undefined)
  })
  return {
    close() {
      leaveDesk()
      leaveModels?.()
      rpc.$close()
    },
  }
}

const knownCalls = new Set([...Object.keys(deskCallArguments), ...Object.keys(modelCallArguments)])

function checkedCalls(calls: DeskCalls): DeskCalls {
  return {
    snapshot: async (...args) => calls.snapshot(...checked('snapshot', deskCallArguments.snapshot, args)),
    candles: async (...args) => calls.candles(...checked('candles', deskCallArguments.candles, args)),
    decisions: async (...args) => calls.decisions(...checked('decisions', deskCallArguments.decisions, args)),
    activity: async (...args) => calls.activity(...checked('activity', deskCallArguments.activity, args)),
    news: async (...args) => calls.news(...checked('news', deskCallArguments.news, args)),
    switchNews: async (...args) => calls.switchNews(...checked('switchNews', deskCallArguments.switchNews, args)),
    pause: async (...args) => calls.pause(...checked('pause', deskCallArguments.pause, args)),
    resume: async (...args) => calls.resume(...checked('resume', deskCallArguments.resume, args)),
    kill: async (...args) => calls.kill(...checked('kill', deskCallArguments.kill, args)),
    reopenModels: async (...args) =>
      calls.reopenModels(...checked('reopenModels', deskCallArguments.reopenModels, args)),
    placeOrder: async (...args) => calls.placeOrder(...checked('placeOrder', deskCallArguments.placeOrder, args)),
    cancelOrder: async (...args) => calls.cancelOrder(...checked('cancelOrder', deskCallArguments.cancelOrder, args)),
  }
}

function checkedModelCalls(calls: ModelCalls, onFirst: () => void): ModelCalls {
  const asked = <Args>(name: string, schema: z.ZodType<Args>, args: unknown): Args => {
    const known = checked(name, schema, args)
    onFirst()
    return known
  }
  const wanted = modelCallArguments
  return {
    models: async (...args) => calls.models(...asked('models', wanted.models, args)),
    checkModels: async (...args) => calls.checkModels(...asked('checkModels', wanted.checkModels, args)),
    modelLicence: async (...args) => calls.modelLicence(...asked('modelLicence', wanted.modelLicence, args)),
    pullModel: async (...args) => calls.pullModel(...asked('pullModel', wanted.pullModel, args)),
    pauseModel: async (...args) => calls.pauseModel(...asked('pauseModel', wanted.pauseModel, args)),
    importModel: async (...args) => calls.importModel(...asked('importModel', wanted.importModel, args)),
    removeModel: async (...args) => calls.removeModel(...asked('removeModel', wanted.removeModel, args)),
    verifyModels: async (...args) => calls.verifyModels(...asked('verifyModels', wanted.verifyModels, args)),
    chooseModel: async (...args) => calls.chooseModel(...asked('chooseModel', wanted.chooseModel, args)),
  }
}

/** birpc answers a call with what it throws; this is the one place where a refusal travels that way. */
class CallRefused extends Error {}

function checked<Args>(name: string, schema: z.ZodType<Args>, args: unknown): Args {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
  throw new CallRefused(`"${name}" was called wrongly: ${faults.join('; ')}.`)
}

function readFrame(text: string): Frame | null {
  try {
    const frame = frameSchema.safeParse(JSON.parse(text))
    return frame.success ? frame.data : null
  } catch {
    return null
  }
}

/** An error would become `{}` in JSON: its sentence travels, its stack does not. */
function writeFrame(frame: unknown): string {
  return JSON.stringify(frame, (_key, value: unknown) => (value instanceof Error ? { message: value.message } : value))
}
