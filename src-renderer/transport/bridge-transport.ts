import type { EngineState, ShellBridge } from '@shared/contract/shell-bridge'
import { listeners } from './listeners'
import type { DeskTransport, LinkState } from './transport'

declare global {
  interface Window {
    readonly quartet?: ShellBridge
  }
}

/** Text frames over Electron's preload bridge; the shell restarts a fallen engine and says so. */
export function bridgeTransport(bridge: ShellBridge): DeskTransport {
  const states = listeners<LinkState>()
  let state: LinkState = { phase: 'connecting' }
  let restarts = 0

  const leaveEngine = bridge.onEngineState((engine) => {
    if (engine === 'restarting') restarts += 1
    if (engine === 'ready') restarts = 0
    state = linkState(engine, restarts)
    states.tell(state)
  })

  return {
    send(text) {
      bridge.send(text)
      return true
    },
    onText: (listener) => bridge.onText(listener),
    onState(listener) {
      listener(state)
      return states.add(listener)
    },
    retryNow() {},
    close: leaveEngine,
  }
}

function linkState(engine: EngineState, restarts: number): LinkState {
  switch (engine) {
    case 'starting':
      return { phase: 'connecting' }
    case 'ready':
      return { phase: 'connected' }
    case 'restarting':
      return { phase: 'reconnecting', attempt: restarts, reason: 'The engine stopped and is being started again.' }
    case 'stopped':
      return { phase: 'stopped', reason: 'The engine stopped for good. Close the window and start Quartet again.' }
  }
}
