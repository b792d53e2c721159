import { z } from 'zod'

/**
 * What the desktop shell and the engine say to each other over the IPC channel that `child_process.fork` opens
 * (`process.send` and `process.on('message')` in the engine; structured values, one frame a message).
 *
 * The shell starts the engine with a generation number in the environment variable `ENGINE_GENERATION_VARIABLE`, one
 * higher at every start; every frame carries it, and a frame of another generation is dropped by whoever receives it.
 * Nothing is replayed: a text that was on its way when the engine died is lost, and the screen asks again.
 *
 * The engine's part, when that variable is set and `process.send` exists:
 * - sends `ready` once, when it can serve clients, or `failed` with the reason and exits with a code other than 0;
 * - treats every `client.open` as a new screen; `client.text` carries birpc text of `DeskCalls`, and the engine
 *   answers and pushes (`DeskPushes`) with `client.text` for the same `clientId`; `client.close` ends it;
 * - on `stop` finishes what it must and exits with 0 (the shell kills it after a few seconds);
 * - on the event `disconnect` of `process` (the shell is gone) does the same: an engine never outlives its shell.
 */
export const ENGINE_GENERATION_VARIABLE = 'QUARTET_ENGINE_GENERATION'

/** Reads the generation from the environment, where every value is text. */
export const engineGenerationSchema = z.coerce.number().int().min(1)

const generation = z.int().min(1)
const clientId = z.string().min(1).max(100)

export const shellFrameSchema = z.discriminatedUnion('kind', [
  z.strictObject({ generation, kind: z.literal('client.open'), clientId }),
  z.strictObject({ generation, kind: z.literal('client.text'), clientId, text: z.string() }),
  z.strictObject({ generation, kind: z.literal('client.close'), clientId }),
  z.strictObject({ generation, kind: z.literal('stop') }),
])

/** From the shell to the engine. */
export type ShellFrame = Readonly<z.infer<typeof shellFrameSchema>>

export const engineFrameSchema = z.discriminatedUnion('kind', [
  /** `url` is the address of the engine's own web server, where it runs one. */
  z.strictObject({ generation, kind: z.literal('ready'), url: z.string().optional() }),
  z.strictObject({ generation, kind: z.literal('client.text'), clientId, text: z.string() }),
  z.strictObject({
    generation,
    kind: z.literal('failed'),
    problem: z.strictObject({ code: z.string(), message: z.string() }),
  }),
])

/** From the engine to the shell. */
export type EngineFrame = Readonly<z.infer<typeof engineFrameSchema>>
