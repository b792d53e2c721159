/**
 * How text frames reach the engine and come back. The desk's screen knows this one interface; whether a browser's
 * WebSocket or Electron's preload bridge carries the frames is decided once, in `choose-transport`.
 */
export interface DeskTransport {
  /** False when the frame could not be handed over; nothing is kept for later. */
  send(text: string): boolean
  /** Returns the function that takes the listener away again. */
  onText(listener: (text: string) => void): () => void
  /** Tells the present state at once, then every change. */
  onState(listener: (state: LinkState) => void): () => void
  /** Gives up waiting and tries now; does nothing while connected. */
  retryNow(): void
  close(): void
}

/** Where the line to the engine stands, as the screen shows it. */
export type LinkState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'connected' }
  /** `attempt` counts the failed tries since the last good connection. */
  | { readonly phase: 'reconnecting'; readonly attempt: number; readonly reason: string }
  /** Trying again by itself would not help; the reason says what does. */
  | { readonly phase: 'stopped'; readonly reason: string }
