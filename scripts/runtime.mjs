/** Fetches the Node that runs the programs, where the machine's own is too old: the runtime as an npm package. */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { cacheDir, canRunPrograms, runtimeVersion, SetupFailure, say } from './house.mjs'
import { npm } from './npm.mjs'
import { runtimeStamp } from './setup.mjs'

const timeoutMs = 10 * 60_000
const runtimeDir = path.join(cacheDir, 'runtime')
const executable = process.platform === 'win32' ? 'node.exe' : 'node'

/** @returns {Promise<string>} the path of a Node that was seen to run */
export async function fetchRuntime() {
  say(
    `This machine has Node ${process.versions.node}; the programs need a newer one. Fetching Node ${runtimeVersion} ...`,
  )
  const platformPackage = platformPackageName()
  /** @type {unknown} */
  let failure
  // The package `node` places the right runtime with an install script, which npm may be told to refuse; the packages
  // behind it, one per platform, need no script but are not published for every version.
  for (const name of [`node@${runtimeVersion}`, `${platformPackage}@${runtimeVersion.split('.')[0]}`]) {
    try {
      await installAlone(name)
      const node = await findWorking(['node', platformPackage])
      if (node) {
        fs.writeFileSync(runtimeStamp, JSON.stringify({ asked: runtimeVersion, node }))
        return node
      }
    } catch (error) {
      if (!(error instanceof SetupFailure)) throw error
      failure = error
    }
  }
  if (failure) throw failure
  throw new SetupFailure(
    `No Node ${runtimeVersion} for ${process.platform}-${process.arch} came from the npm registry. Install Node 24 from https://nodejs.org and run the command again.`,
  )
}

function platformPackageName() {
  if (process.platform === 'win32') return `node-win-${process.arch === 'ia32' ? 'x86' : process.arch}`
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${process.platform}-${process.arch}`
}

/** @param {string} name package and version */
async function installAlone(name) {
  fs.rmSync(runtimeDir, { recursive: true, force: true })
  fs.mkdirSync(runtimeDir, { recursive: true })
  // The one script that may run, at this very version.
  const manifest = { private: true, allowScripts: { [`node@${runtimeVersion}`]: true } }
  fs.writeFileSync(path.join(runtimeDir, 'package.json'), JSON.stringify(manifest))
  await npm(['install', name, '--engine-strict=false'], { cwd: runtimeDir, what: `the packages of ${name}`, timeoutMs })
}

/** @param {readonly string[]} packages */
async function findWorking(packages) {
  for (const name of packages) {
    for (const place of [['bin', executable], [executable]]) {
      const node = path.join(runtimeDir, 'node_modules', name, ...place)
      if (!fs.existsSync(node)) continue
      const { code, output } = await run(node, ['--version'], { output: 'capture' })
      if (code === 0 && canRunPrograms(output.trim().replace(/^v/, ''))) return node
    }
  }
  return null
}
