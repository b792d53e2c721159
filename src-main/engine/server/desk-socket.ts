import type { FastifyInstance } from 'fastify'
import { serveDesk } from './desk-channel'
import type { PageToken } from './page-token'
import type { ServedDesk } from './served-desk'

/** A call of the contract is a few hundred bytes. */
export const longestFrameBytes = 64 * 1024
/** A screen that lets this much pile up does not keep up; it is dropped, comes back, and asks for the whole state. */
export const largestBacklogBytes = 8 * 1024 * 1024

const connectionsPerMinute = 240
/** RFC 6455, 7.4.1 */
const policyViolation = 1008

/** The WebSocket `/desk`: the desk's channel for browsers, behind the same token as the page. */
export function serveDeskSocket(server: FastifyInstance, desk: ServedDesk, token: () => PageToken): void {
  const config = { rateLimit: { max: connectionsPerMinute } }
  server.get('/desk', { websocket: true, config }, (socket, request) => {
    // Told over the open socket: a browser hides the reason of a refused handshake from its page.
    if (!token().isIn(request.headers.cookie)) {
      socket.close(policyViolation, 'Open the address that Quartet printed: this page has no valid token.')
      return
    }
    const channel = serveDesk({
      desk,
      send(text) {
        if (socket.readyState !== socket.OPEN) return
        if (socket.bufferedAmount > largestBacklogBytes) {
          request.log.warn('A screen did not keep up and was dropped.')
          socket.terminate()
          return
        }
        socket.send(text)
      },
      onText(listener) {
        const hear = (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void => {
          if (!isBinary && Buffer.isBuffer(data)) listener(data.toString('utf8'))
        }
        socket.on('message', hear)
        return () => socket.off('message', hear)
      },
    })
    // A frame that is too long or malformed: the protocol closes the connection, nothing else happens.
    socket.on('error', () => undefined)
    socket.on('close', () => channel.close())
  })
}
