import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where the product's own files lie, and where the trader's data goes. */
export interface Places {
  readonly dataDir: string
  readonly resourcesDir: string
  readonly rendererDir: string
  readonly sampleDataDir: string
  readonly starterPath: string
  readonly exchangeInfoPath: string
  readonly promptsDir: string
  /** The product's own names of assets, by which headlines are told apart. */
  readonly assetNamesPath: string
  readonly inferenceProgram: string
  readonly modelFilesProgram: string
  /** A thread of a parameter sweep. */
  readonly backtestWorkerProgram: string
  /** The thread of a trader's own policy. */
  readonly policyWorkerProgram: string
  /** The bundled catalogue of models. */
  readonly cataloguePath: string
  /** The plain Node runtime that child programs are started with. */
  readonly nodePath: string
}

/** `programsDir` is the folder of the built programs, beside `resources` two levels up. */
export function findPlaces(programsDir: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Places {
  const rootDir = dirname(dirname(programsDir))
  const resourcesDir = env.QUARTET_RESOURCES ?? join(rootDir, 'resources')
  return {
    dataDir: env.QUARTET_HOME || defaultDataDir(env, platform),
    resourcesDir,
    rendererDir: join(rootDir, 'out', 'renderer'),
    sampleDataDir: join(resourcesDir, 'sample-data'),
    starterPath: join(resourcesDir, 'models', 'starter.gguf'),
    exchangeInfoPath: join(resourcesDir, 'exchange-info.json'),
    promptsDir: join(resourcesDir, 'prompts'),
    assetNamesPath: join(resourcesDir, 'news', 'assets.json'),
    inferenceProgram: join(programsDir, 'inference.js'),
    modelFilesProgram: join(programsDir, 'model-files.js'),
    policyWorkerProgram: join(programsDir, 'policy-worker.js'),
    backtestWorkerProgram: join(programsDir, 'backtest-worker.js'),
    cataloguePath: join(resourcesDir, 'models', 'catalogue.json'),
    nodePath: process.execPath,
  }
}

/** Each platform's own place for application data (XDG Base Directory on Linux). */
function defaultDataDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Quartet')
  if (platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Quartet')
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'quartet')
}
