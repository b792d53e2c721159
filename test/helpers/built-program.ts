import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { temporaryFolder } from './temporary-folder'

/** A slow build on a busy machine is nothing to report in the middle of a test run. */
const quiet = { checks: { bundlerTimings: false } }
const root = fileURLToPath(new URL('../../', import.meta.url))

export interface BuiltProgram {
  /** The program as one JavaScript file that plain Node runs; packages stay packages. */
  readonly path: string
  remove(): void
}

/** Builds one program from its source, so that a test runs what is checked out and not what was built before. */
export async function buildProgram(source: string): Promise<BuiltProgram> {
  // Inside the repository, where Node finds the packages.
  const outDir = temporaryFolder('test-program', join(root, '.cache'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(root, 'src-shared') } },
    build: { ssr: join(root, source), outDir, emptyOutDir: false, target: 'node22', rolldownOptions: quiet },
  })
  return {
    path: join(outDir, basename(source).replace(/\.ts$/, '.js')),
    remove: () => rmSync(outDir, { recursive: true, force: true }),
  }
}
