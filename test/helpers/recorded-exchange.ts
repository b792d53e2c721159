import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** A server on the loopback interface that says what was once recorded, whatever it is asked. */
export interface RecordedExchange {
  readonly url: string
  readonly streamUrl: string
  /** Answers by a part of the path; the first that fits. */
  readonly answers: Map<string, unknown>
  /** Sent to every WebSocket that subscribes to anything. */
  readonly messages: unknown[]
  close(): Promise<void>
}

export async function openRecordedExchange(): Promise<RecordedExchange> {
  const answers = new Map<string, unknown>()
  const messages: unknown[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const found = [...answers].find(([part]) => path.includes(part))
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found?.[1] ?? { code: -1, msg: `nothing recorded for ${path}` }))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('message', () => {
      socket.send(JSON.stringify({ result: null, id: 1 }))
      for (const message of messages) socket.send(JSON.stringify(message))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  return {
    url: `http://127.0.0.1:${port}`,
    streamUrl: `ws://127.0.0.1:${port}/ws`,
    answers,
    messages,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
