import { type IpcMainEvent, ipcMain, type WebContents } from 'electron'
import { APP_ORIGIN } from './app-origin'

/**
 * The only way in for messages of the page: a listener hears what the main frame of our own window says while it
 * shows our own origin, and nothing else. What is refused is logged and dropped.
 */
export interface TrustedIpc {
  on(channel: string, listener: (sender: WebContents, argument: unknown) => void): void
}

export function trustedIpc(ourWindow: () => WebContents | null, log: (line: string) => void): TrustedIpc {
  return {
    on(channel, listener) {
      ipcMain.on(channel, (event, argument: unknown) => {
        if (isFromOurPage(event, ourWindow())) listener(event.sender, argument)
        else
          log(
            `a message on ${channel} was refused: it came from ${event.senderFrame?.origin ?? 'a frame that is gone'}`,
          )
      })
    },
  }
}

function isFromOurPage(event: IpcMainEvent, ours: WebContents | null): boolean {
  const frame = event.senderFrame
  return (
    ours !== null &&
    event.sender === ours &&
    frame !== null &&
    frame.parent === null &&
    frame.frameTreeNodeId === ours.mainFrame.frameTreeNodeId &&
    frame.origin === APP_ORIGIN
  )
}
