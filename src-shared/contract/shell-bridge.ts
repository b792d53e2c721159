/**
 * All that Electron's preload hands to the page, as `window.quartet`: text frames and the engine's state. A browser
 * has no such bridge and speaks over a WebSocket instead.
 */
export interface ShellBridge {
  /** Hands a text frame to the engine. Dropped while the state is not `ready`: nothing is kept for a later engine. */
  send(text: string): void
  /** Returns the function that takes the listener away again. */
  onText(listener: (text: string) => void): () => void
  /** Tells the present state at once, then every change. */
  onEngineState(listener: (state: EngineState) => void): () => void
}

/** `restarting`: it fell and is being started again. `stopped`: only the user starts it again. */
export type EngineState = 'starting' | 'ready' | 'restarting' | 'stopped'
