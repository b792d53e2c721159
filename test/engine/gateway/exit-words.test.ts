import { expect, test } from 'vitest'
import { exitInWords, type RawExit } from '../../../src-main/engine/gateway/backends/exit-words'

const plain: RawExit = { signal: null, code: null, lastWords: '' }

test.each([
  [{ ...plain, signal: 'SIGKILL' }, 'SIGKILL: it was killed, by somebody or by the system for lack of memory'],
  [{ ...plain, code: 133 }, 'code 133: its allocator gave up, as it does when memory is short or damaged'],
  [{ ...plain, signal: 'SIGSEGV' }, 'SIGSEGV: llama.cpp crashed'],
  [
    { ...plain, signal: 'SIGABRT', lastWords: 'at /home/x/ggml.c:12: GGML_ASSERT(n > 0) failed\n' },
    'SIGABRT: llama.cpp gave up, GGML_ASSERT(n > 0) failed',
  ],
  [{ ...plain, code: 1, lastWords: 'ggml_cuda: CUDA error: out of memory' }, 'code 1: it ran out of memory'],
  [{ ...plain, code: 3 }, 'code 3'],
] as const)('%j is told as "%s"', (exit, words) => {
  expect(exitInWords(exit)).toBe(words)
})
