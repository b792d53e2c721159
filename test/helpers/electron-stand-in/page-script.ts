/** Names that only the host and the injected script know; the page itself finds nothing under them. */
export interface SecretNames {
  readonly toShell: string
  readonly fromShell: string
}

/**
 * The script that runs before every document: Electron's side of the preload. It runs the built preload unchanged, in
 * the main frame only, with a `require` that knows `electron` alone, as in a sandboxed renderer. Values cross
 * `contextBridge` as copies, functions as wrappers, and what is exposed cannot be replaced.
 */
export function pageScript(preload: string | null, names: SecretNames): string {
  return `(() => {
  if (window !== window.top) return
  const post = globalThis[${JSON.stringify(names.toShell)}]
  delete globalThis[${JSON.stringify(names.toShell)}]
  const listeners = new Map()
  const ipcRenderer = {
    send: (channel, ...args) => { void post(channel, structuredClone(args)) },
    on: (channel, listener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
      return ipcRenderer
    },
  }
  const bridged = (value) => {
    if (typeof value === 'function') return (...args) => bridged(value(...args.map(bridged)))
    if (Array.isArray(value)) return Object.freeze(value.map(bridged))
    if (value !== null && typeof value === 'object') {
      return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, bridged(part)])))
    }
    return value
  }
  const contextBridge = {
    exposeInMainWorld: (key, api) => Object.defineProperty(globalThis, key, { value: bridged(api), enumerable: true }),
  }
  Object.defineProperty(globalThis, ${JSON.stringify(names.fromShell)}, {
    value: (channel, args) => {
      for (const listener of listeners.get(channel) ?? []) listener({}, ...args)
    },
  })
  const require = (name) => {
    if (name === 'electron') return { contextBridge, ipcRenderer }
    throw new Error('module not found: ' + name)
  }
  const module = { exports: {} }
  ;((require, module, exports) => {
${preload ?? ''}
  })(require, module, module.exports)
})()`
}
