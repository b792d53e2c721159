import type { Problem } from '@shared/contract/outcome'
import { plainText } from './plain-text'

/** How a command ends: 0 done, 1 failed with one clear line, 2 wrong usage, 128 + signal number when told to stop. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Codes of problems that lie in the words of the command itself. */
const usageCodes = new Set(['wrong_usage'])

/** One line on stderr, and the exit code that belongs to the problem. */
export function failWith(problem: Problem): ExitCode {
  process.stderr.write(`quartet: ${plainText(oneLine(problem.message))} [${problem.code}]\n`)
  return usageCodes.has(problem.code) ? exitCode.usage : exitCode.failed
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}
