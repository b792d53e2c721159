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

export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    allowedNames.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )
}
