/** How a process ended: the signal, or its exit code, and the end of what it said on stderr. */
export interface RawExit {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  readonly lastWords: string
}

/** Shells and runtimes report a death by signal as 128 and the signal's number. */
const signalOfCode: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [132, 'SIGILL'],
  [133, 'SIGTRAP'],
  [134, 'SIGABRT'],
  [135, 'SIGBUS'],
  [137, 'SIGKILL'],
  [139, 'SIGSEGV'],
])

const signalWords: Partial<Record<NodeJS.Signals, string>> = {
  SIGILL: 'the processor lacks an instruction that llama.cpp used',
  SIGTRAP: 'its allocator gave up, as it does when memory is short or damaged',
  SIGABRT: 'llama.cpp gave up',
  SIGBUS: 'the model file became shorter while it was in use',
  SIGKILL: 'it was killed, by somebody or by the system for lack of memory',
  SIGSEGV: 'llama.cpp crashed',
  SIGTERM: 'it was told to end',
}

const outOfMemory = /out of memory|outofdevicememory|cudamalloc|failed to allocate|cannot allocate memory|bad_alloc/i
const endlessTemplate = /the chat template did not end/
const assertion = /GGML_ASSERT\([^\n]*/

/** Why a process ended, for people: what killed it, and what it said of it. No process ids and no paths. */
export function exitInWords({ signal, code, lastWords }: RawExit): string {
  const by = signal ?? (code === null ? null : (signalOfCode.get(code) ?? null))
  const name = signal ?? `code ${code}`
  if (endlessTemplate.test(lastWords)) return `${name}: its chat template never ends`
  if (outOfMemory.test(lastWords)) return `${name}: it ran out of memory`
  const words = by === null ? null : (signalWords[by] ?? null)
  const said = assertion.exec(lastWords)?.[0]
  return [name, ...(words === null ? [] : [`: ${words}`]), ...(said === undefined ? [] : [`, ${said}`])].join('')
}
