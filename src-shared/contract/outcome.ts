/**
 * Outcomes that a caller must expect (an order refused, a model missing, a file cut short) are values;
 * exceptions are reserved for bugs. An outcome is turned into an exit code, an HTTP status or a sentence
 * exactly once, at the outermost boundary.
 */
export type Outcome<Value, Code extends string = string> = Success<Value> | Failure<Code>

export interface Success<Value> {
  readonly ok: true
  readonly value: Value
}

export interface Failure<Code extends string = string> {
  readonly ok: false
  readonly problem: Problem<Code>
}

/** A stable code for programs, and a sentence for people: what happened, to what, what to do. */
export interface Problem<Code extends string = string> {
  readonly code: Code
  readonly message: string
}

export function success<Value>(value: Value): Success<Value> {
  return { ok: true, value }
}

export function failure<Code extends string>(code: Code, message: string): Failure<Code> {
  return { ok: false, problem: { code, message } }
}

/** Ends an exhaustive switch: a forgotten case is a compile error, and a bug if it is ever reached. */
export function unreachable(value: never): never {
  throw new Error(`Unreachable case: ${JSON.stringify(value)}`)
}
