/**
 * The bridge between the sandboxed page and the shell. It runs before the page, and hands it three functions that
 * carry text and the engine's state; nothing of Electron's own API reaches the page.
 */
import type { EngineState, ShellBridge } from '@shared/contract/shell-bridge'
import { contextBridge, ipcRenderer } from 'electron'
import { channels } from './channels'

const textListeners = new Set<(text: string) => void>()
const stateListeners = new Set<(state: EngineState) => void>()
let engineState: EngineState = 'starting'

ipcRenderer.on(channels.text, (_event, text: string) => {
  for (const listener of [...textListeners]) listener(text)
})
ipcRenderer.on(channels.engineState, (_event, state: EngineState) => {
  engineState = state
  for (const listener of [...stateListeners]) listener(state)
})

contextBridge.exposeInMainWorld('quartet', {
  send(text) {
    if (typeof text === 'string') ipcRenderer.send(channels.send, text)
  },
  onText(listener) {
    textListeners.add(listener)
    return () => {
      textListeners.delete(listener)
    }
  },
  onEngineState(listener) {
    stateListeners.add(listener)
    listener(engineState)
    return () => {
      stateListeners.delete(listener)
    }
  },
} satisfies ShellBridge)

ipcRenderer.send(channels.hello)
