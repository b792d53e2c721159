import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const shared = fileURLToPath(new URL('./src-shared', import.meta.url))

export default defineConfig({
  resolve: { alias: { '@shared': shared } },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // Real processes and browsers start within these; a limit ends a test that hangs, it measures nothing.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Every test file may start programs of its own: two at a time leave room for them on a small machine.
    maxWorkers: 2,
  },
})
