import type { EngineState } from '@shared/contract/shell-bridge'
import type { WebContents } from 'electron'
import { channels } from '../preload/channels'
import type { EngineSupervisor } from './engine-supervisor'
import type { TrustedIpc } from './trusted-ipc'

/** A frame of the desk's calls is a few hundred bytes; a page that sends more is not ours. */
const LONGEST_TEXT = 1_000_000

export interface PageBridge {
  engineSays(clientId: string, text: string): void
  engineBecame(state: EngineState): void
  /** The page is gone: closed, crashed, or about to load again. */
  pageLeft(): void
}

/**
 * Carries text between the one page and the engine without looking inside. Every new document of the page is a new
 * client for the engine, and every new engine gets to know the present client first.
 */
export function bridgePage(ipc: TrustedIpc, engine: EngineSupervisor, log: (line: string) => void): PageBridge {
  let documents = 0
  let page: { readonly clientId: string; readonly contents: WebContents } | null = null

  const tell = (channel: string, value: string): void => {
    if (page !== null && !page.contents.isDestroyed()) page.contents.send(channel, value)
  }
  const pageLeft = (): void => {
    if (page !== null) engine.send({ kind: 'client.close', clientId: page.clientId })
    page = null
  }

  ipc.on(channels.hello, (contents) => {
    pageLeft()
    documents += 1
    page = { clientId: `window-${documents}`, contents }
    engine.want()
    engine.send({ kind: 'client.open', clientId: page.clientId })
    tell(channels.engineState, engine.state())
  })
  ipc.on(channels.send, (contents, text) => {
    if (typeof text !== 'string' || text.length > LONGEST_TEXT) {
      log('a frame of the page was refused: it is no text, or too long')
    } else if (page?.contents === contents) {
      engine.send({ kind: 'client.text', clientId: page.clientId, text })
    }
  })

  return {
    engineSays(clientId, text) {
      if (page?.clientId === clientId) tell(channels.text, text)
    },
    engineBecame(state) {
      if (state === 'ready' && page !== null) engine.send({ kind: 'client.open', clientId: page.clientId })
      tell(channels.engineState, state)
    },
    pageLeft,
  }
}
