import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const alias = { '@shared': at('./src-shared') }

/** The programs of design.md; every one but `main` and `preload` is plain Node and never sees Electron. */
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: {
          main: at('./src-main/main.ts'),
          engine: at('./src-main/engine/main.ts'),
          inference: at('./src-main/inference/main.ts'),
          cli: at('./src-main/cli/main.ts'),
          bench: at('./test/bench/main.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: 'out/preload',
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
    build: { outDir: at('./out/renderer'), rolldownOptions: { input: at('./src-renderer/index.html') } },
  },
})
