/**
 * What an inference child may see of the engine's environment: where programs, libraries and temporary files lie, and
 * which GPU to use. Everything else stays behind, tokens and keys above all.
 */
const allowedNames = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'windir',
  'LANG',
  'LD_LIBRARY_PATH',
  'CUDA_PATH',
  'CUDA_VISIBLE_DEVICES',
  'VK_ICD_FILENAMES',
  'XDG_RUNTIME_DIR',
]

/**
 * Threads on which Node.js runs native work. With its usual four, llama.cpp's steps wander from thread to thread and get
 * in the way of the one that llama.cpp adds: writing a token took 23 ms on two cores, on one thread it takes 15 ms.
 */
const nativeThreads = '1'

export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const allowed = allowedNames.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))
  return { ...Object.fromEntries(allowed), UV_THREADPOOL_SIZE: nativeThreads }
}
