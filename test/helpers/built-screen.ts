import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { temporaryFolder } from './temporary-folder'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface BuiltScreen {
  /** The folder with index.html and its assets. */
  readonly folder: string
  remove(): void
}

/** Builds the screen from its source, so that a test runs what is checked out and not what was built before. */
export async function buildScreen(): Promise<BuiltScreen> {
  const folder = temporaryFolder('test-screen', join(root, '.cache'))
  // The test runner says NODE_ENV=test, which would build React's development version.
  const environment = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  await build({
    root: join(root, 'src-renderer'),
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(root, 'src-shared') } },
    plugins: [react(), tailwindcss()],
    build: { outDir: folder, emptyOutDir: false },
  })
  process.env.NODE_ENV = environment
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
