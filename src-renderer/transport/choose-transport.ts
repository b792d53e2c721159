import { bridgeTransport } from './bridge-transport'
import type { DeskTransport } from './transport'
import { deskSocketUrl, webSocketTransport } from './web-socket-transport'

/** In the Electron window the preload's bridge carries the frames; in a browser a WebSocket of the same origin does. */
export function chooseTransport(page: Window): DeskTransport {
  return page.quartet === undefined ? webSocketTransport(deskSocketUrl(page.location)) : bridgeTransport(page.quartet)
}
