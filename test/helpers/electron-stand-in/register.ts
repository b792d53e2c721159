/**
 * Loaded with `--import` before the built main bundle: `electron` is answered by the stand-in, and the process looks
 * like Electron's: `process.execPath` is no Node, so that a shell that forks its engine with it fails here too.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'

const standIn = new URL('./electron.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'electron') return { url: standIn, shortCircuit: true }
    const isOwn = context.parentURL?.startsWith(new URL('.', import.meta.url).href) === true
    if (isOwn && /^\.\/[\w-]+$/.test(specifier)) return next(`${specifier}.ts`, context)
    return next(specifier, context)
  },
})

Object.defineProperty(process, 'execPath', { value: join(import.meta.dirname, 'no-binary', 'electron') })
Object.defineProperty(process, 'resourcesPath', { value: join(import.meta.dirname, 'no-binary', 'resources') })
