import { z } from 'zod'
import { parseStream, type Stream } from './stream-name'

/** What of a WebSocket is used here. */
export interface StreamSocket {
  send(text: string): void
  ping(): void
  terminate(): void
  onMessage(listener: (text: string) => void): void
  onPong(listener: () => void): void
  onClose(listener: () => void): void
}

export interface StreamSockets {
  /** Serves a client that connected at `path`, Binance's `/ws/<stream>` or `/stream?streams=<a>/<b>`. */
  accept(socket: StreamSocket, path: string, query: URLSearchParams): void
  /** Streams that somebody listens to, by pair. */
  wanted(): ReadonlyMap<string, ReadonlyMap<string, Stream>>
  /** Sends one message to all who listen to the stream. */
  send(stream: string, data: unknown): void
  /** Cuts every connection without a goodbye. */
  cutAll(): void
  count(): number
  close(): void
}

interface Client {
  readonly socket: StreamSocket
  readonly streams: Set<string>
  /** Whether messages are wrapped as `{stream, data}`. */
  combined: boolean
  hasAnswered: boolean
}

const idSchema = z.union([z.int(), z.string(), z.null()])
const requestSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('SUBSCRIBE'), params: z.array(z.string()), id: idSchema }),
  z.object({ method: z.literal('UNSUBSCRIBE'), params: z.array(z.string()), id: idSchema }),
  z.object({ method: z.literal('LIST_SUBSCRIPTIONS'), id: idSchema }),
  z.object({ method: z.literal('SET_PROPERTY'), params: z.tuple([z.literal('combined'), z.boolean()]), id: idSchema }),
  z.object({ method: z.literal('GET_PROPERTY'), params: z.tuple([z.literal('combined')]), id: idSchema }),
])
const anyIdSchema = z.object({ id: idSchema })

/** Binance lets one connection listen to this many streams. */
const mostStreams = 1024
const tooManyStreams = { code: 2, msg: 'Invalid request: too many streams' }
const refused = Symbol('refused')

/** The connected clients and what each of them listens to. `pingEveryMs` is real time; Binance pings every 20 s. */
export function createStreamSockets(pingEveryMs: number): StreamSockets {
  const clients = new Set<Client>()
  const wanted = new Map<string, Map<string, Stream>>()
  const listeners = new Map<string, Set<Client>>()

  function subscribe(client: Client, name: string): void {
    client.streams.add(name)
    const known = listeners.get(name)
    if (known !== undefined) {
      known.add(client)
      return
    }
    listeners.set(name, new Set([client]))
    const stream = parseStream(name)
    if (stream === null) return
    const ofPair = wanted.get(stream.pair) ?? new Map<string, Stream>()
    ofPair.set(name, stream)
    wanted.set(stream.pair, ofPair)
  }

  function unsubscribe(client: Client, name: string): void {
    client.streams.delete(name)
    const known = listeners.get(name)
    known?.delete(client)
    if (known === undefined || known.size > 0) return
    listeners.delete(name)
    const stream = parseStream(name)
    if (stream === null) return
    const ofPair = wanted.get(stream.pair)
    ofPair?.delete(name)
    if (ofPair?.size === 0) wanted.delete(stream.pair)
  }

  function take(client: Client, text: string): void {
    const json = parsedJson(text)
    const request = requestSchema.safeParse(json)
    if (request.success) {
      const { id } = request.data
      const result = resultOf(client, request.data)
      client.socket.send(JSON.stringify(result === refused ? { error: tooManyStreams, id } : { result, id }))
      return
    }
    const id = anyIdSchema.safeParse(json)
    const error = json === null ? { code: 3, msg: 'Invalid JSON' } : { code: 2, msg: 'Invalid request' }
    client.socket.send(JSON.stringify({ error, id: id.success ? id.data.id : null }))
  }

  function resultOf(client: Client, request: z.infer<typeof requestSchema>): unknown {
    switch (request.method) {
      case 'SUBSCRIBE':
        if (client.streams.size + request.params.length > mostStreams) return refused
        for (const name of request.params) subscribe(client, name)
        return null
      case 'UNSUBSCRIBE':
        for (const name of request.params) unsubscribe(client, name)
        return null
      case 'LIST_SUBSCRIPTIONS':
        return [...client.streams]
      case 'SET_PROPERTY':
        client.combined = request.params[1]
        return null
      case 'GET_PROPERTY':
        return client.combined
    }
  }

  const pinging = setInterval(() => {
    for (const client of clients) {
      if (!client.hasAnswered) client.socket.terminate()
      client.hasAnswered = false
      client.socket.ping()
    }
  }, pingEveryMs)
  pinging.unref()

  return {
    wanted: () => wanted,
    accept(socket, path, query) {
      const combined = path === '/stream' || path.startsWith('/stream/')
      const client: Client = { socket, streams: new Set(), combined, hasAnswered: true }
      clients.add(client)
      socket.onMessage((text) => take(client, text))
      socket.onPong(() => {
        client.hasAnswered = true
      })
      socket.onClose(() => {
        clients.delete(client)
        for (const name of [...client.streams]) unsubscribe(client, name)
      })
      const named = combined ? (query.get('streams') ?? '') : path.replace(/^\/ws\/?/, '')
      for (const name of named.split('/')) if (name !== '') subscribe(client, name)
    },
    send(stream, data) {
      const known = listeners.get(stream)
      if (known === undefined) return
      let bare: string | null = null
      let wrapped: string | null = null
      for (const client of known) {
        if (client.combined) {
          wrapped ??= JSON.stringify({ stream, data })
          client.socket.send(wrapped)
        } else {
          bare ??= JSON.stringify(data)
          client.socket.send(bare)
        }
      }
    },
    cutAll() {
      for (const client of clients) client.socket.terminate()
    },
    count: () => clients.size,
    close() {
      clearInterval(pinging)
      for (const client of clients) client.socket.terminate()
    },
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
