import { WebSocket } from 'ws'
import { z } from 'zod'

/** A raw client of the streams: what came, in the order in which it came. */
export interface PracticeSocket {
  readonly messages: readonly StreamMessage[]
  ask(request: object): void
  /** Resolves with the messages so far once `enough` holds, rejects after forty seconds: a limit for what hangs. */
  until(enough: (messages: readonly StreamMessage[]) => boolean): Promise<readonly StreamMessage[]>
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>
  close(): void
}

export type StreamMessage = z.infer<typeof messageSchema>

const text = z.string()
/** Fields of all spot streams that the tests look at. */
const messageSchema = z.looseObject({
  e: text.optional(),
  E: z.number().optional(),
  s: text.optional(),
  t: z.number().optional(),
  a: z.union([z.number(), text, z.array(z.tuple([text, text]))]).optional(),
  b: z.union([text, z.array(z.tuple([text, text]))]).optional(),
  U: z.number().optional(),
  u: z.number().optional(),
  T: z.number().optional(),
  p: text.optional(),
  stream: text.optional(),
  data: z.unknown().optional(),
  k: z
    .looseObject({ t: z.number(), T: z.number(), x: z.boolean(), o: text, h: text, l: text, c: text, v: text })
    .optional(),
})

const patienceMs = 40_000

export async function openPracticeSocket(url: string): Promise<PracticeSocket> {
  const socket = new WebSocket(url)
  const messages: StreamMessage[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    messages.push(messageSchema.parse(JSON.parse(String(data))))
    for (const look of waiting) look()
  })
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => resolve())
    socket.on('error', reject)
  })
  return {
    messages,
    ended,
    ask: (request) => socket.send(JSON.stringify(request)),
    close: () => socket.terminate(),
    until: (enough) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`Waited in vain; ${messages.length} messages came: ${JSON.stringify(messages.slice(-3))}`))
        }, patienceMs)
        const look = (): void => {
          if (!enough(messages)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve([...messages])
        }
        waiting.add(look)
        look()
      }),
  }
}
