/** The slow part of the set-up: one process at a time installs packages, fetches a runtime and builds. */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { build } from './build.mjs'
import { cacheDir, SetupFailure, say } from './house.mjs'
import { installPackages } from './packages.mjs'
import { fetchRuntime } from './runtime.mjs'
import { findRuntime, packagesAreReady, programsAreBuilt } from './setup.mjs'

const lockFile = path.join(cacheDir, 'setup.lock')
/** A lock older than this was left behind, whatever its process number now belongs to. */
const staleAfterMs = 30 * 60_000
const pollMs = 250

/** @returns {Promise<string>} the Node that runs the programs */
export async function install() {
  await takeLock()
  try {
    if (!packagesAreReady()) await installPackages()
    const node = findRuntime() ?? (await fetchRuntime())
    if (!programsAreBuilt()) await build(node)
    return node
  } finally {
    releaseLock()
  }
}

async function takeLock() {
  let told = false
  while (!tryLock()) {
    if (!told) say('Another command is setting Quartet up; waiting for it to finish.')
    told = true
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  process.on('exit', releaseLock)
}

function tryLock() {
  try {
    fs.mkdirSync(cacheDir, { recursive: true })
    fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EEXIST') throw new SetupFailure(explainWriteFailure(String(code), cacheDir))
    if (holderIsGone()) fs.rmSync(lockFile, { force: true })
    return false
  }
}

function holderIsGone() {
  try {
    const age = Date.now() - fs.statSync(lockFile).mtimeMs
    const holder = Number(fs.readFileSync(lockFile, 'utf8'))
    if (age > staleAfterMs) return true
    // An empty file is a lock in the making, unless its maker was killed at that moment.
    if (!holder) return age > pollMs * 20
    process.kill(holder, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

function releaseLock() {
  try {
    if (fs.readFileSync(lockFile, 'utf8') === String(process.pid)) fs.rmSync(lockFile, { force: true })
  } catch {
    // It was never taken, or is gone already.
  }
}

/** @param {string} code of the system's error @param {string} place */
export function explainWriteFailure(code, place) {
  if (code === 'ENOSPC') return `The disk is full: nothing could be written to ${place}. Free some space and try again.`
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return `${place} cannot be written (${code}). Make the checkout writable for you, or clone it somewhere else.`
  return `${place} cannot be written (${code}).`
}
