import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ENGINE_GENERATION_VARIABLE } from '@shared/contract/engine-frames'
import { failure, type Outcome, success } from '@shared/contract/outcome'

export interface ShellPlace {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isPackaged: boolean
  /** Where a package keeps its extra resources, the Node runtime among them. */
  readonly resourcesPath: string
  /** The program that runs the shell: Electron's own binary. */
  readonly ownBinary: string
}

/**
 * The plain Node runtime that runs the engine: in a package the one that it ships, in a checkout the one that the
 * start script names in QUARTET_NODE. Never Electron's own binary, whose allocator kills native modules that allocate
 * large buffers (electron/electron#44291). A package ignores the variable, so that it cannot be made to run another
 * program; for the same reason its fuses switch RunAsNode, NODE_OPTIONS and the inspector off.
 */
export function nodeRuntime(
  place: ShellPlace,
  exists: (path: string) => boolean = existsSync,
): Outcome<string, 'node_missing'> {
  const missing = (message: string): Outcome<string, 'node_missing'> => failure('node_missing', message)
  if (place.isPackaged) {
    const shipped = join(place.resourcesPath, place.platform === 'win32' ? 'node.exe' : 'node')
    if (exists(shipped)) return success(shipped)
    return missing(`The Node runtime of this package is missing (${shipped}). Install Quartet again.`)
  }
  const named = place.env.QUARTET_NODE
  if (named === undefined || named === '') {
    return missing('The shell was not told which Node runs the engine (QUARTET_NODE). Start Quartet with "npm start".')
  }
  if (named === place.ownBinary) {
    return missing('QUARTET_NODE names Electron itself, which cannot run the engine. Start Quartet with "npm start".')
  }
  if (!exists(named)) return missing(`QUARTET_NODE names ${named}, which does not exist. Start with "npm start".`)
  return success(named)
}

/** What the engine needs of the environment; everything else, secrets of other programs included, stays out. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'SYSTEMROOT',
  'WINDIR',
  'PATHEXT',
  'PROGRAMDATA',
  'LD_LIBRARY_PATH',
  'CUDA_PATH',
  'CUDA_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'VK_ICD_FILENAMES',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  // For the model library: where models come from, the trader's token for it, and where Ollama keeps its own.
  'HF_ENDPOINT',
  'HF_TOKEN',
  'HF_TOKEN_PATH',
  'HF_HOME',
  'OLLAMA_MODELS',
])
const PASSED_ON_PREFIXES = ['LC_', 'XDG_', 'QUARTET_']

/** Names are compared without regard to case: Windows writes `Path`, proxies are often written in small letters. */
export function engineEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  generation: number,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase()
    const isPassed = PASSED_ON.has(upper) || PASSED_ON_PREFIXES.some((prefix) => upper.startsWith(prefix))
    if (value !== undefined && isPassed) passed[name] = value
  }
  passed[ENGINE_GENERATION_VARIABLE] = String(generation)
  return passed
}

/** Forks the engine; its log goes where the shell's own goes. */
export function launchEngine(
  place: ShellPlace,
  program: string,
  generation: number,
): Outcome<ChildProcess, 'node_missing' | 'engine_missing'> {
  if (!existsSync(program)) {
    return failure('engine_missing', `The engine's program is missing (${program}). Start Quartet with "npm start".`)
  }
  const runtime = nodeRuntime(place)
  if (!runtime.ok) return runtime
  return success(
    fork(program, [], {
      execPath: runtime.value,
      execArgv: [],
      env: engineEnvironment(place.env, generation),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
}
