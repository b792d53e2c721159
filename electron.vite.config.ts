import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const alias = { '@shared': at('./src-shared') }

/**
 * Small packages of plain JavaScript that every program needs at once: bundled, a start reads a few files instead of
 * resolving hundreds. Everything else stays a package: native parts, and what is loaded only when it is used.
 */
const bundledPackages = ['birpc', 'commander', 'decimal.js', 'uuid', 'zod']

/** The programs of design.md; every one but `main` and `preload` is plain Node and never sees Electron. */
const programs = {
  main: at('./src-main/main.ts'),
  engine: at('./src-main/engine/main.ts'),
  inference: at('./src-main/inference/main.ts'),
  'model-files': at('./src-main/inference/model-files/main.ts'),
  'policy-worker': at('./src-main/engine/analysis/backtest/policy-worker.ts'),
  'backtest-worker': at('./src-main/engine/analysis/backtest/span-worker.ts'),
  cli: at('./src-main/cli/main.ts'),
  bench: at('./test/bench/main.ts'),
}

export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: at('./out/main'),
      externalizeDeps: { exclude: bundledPackages },
      rolldownOptions: {
        input: programs,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: at('./out/preload'),
      // A sandboxed preload is one CommonJS file: it can load nothing but `electron`.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('./src-main/preload/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('./src-renderer'),
    resolve: { alias },
    plugins: [react(), tailwindcss()],
    // The page is read from this machine, so that one large chunk costs nothing.
    build: {
      outDir: at('./out/renderer'),
      minify: true,
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: at('./src-renderer/index.html') },
    },
  },
})
