import type { ExitCode } from './exit'
import { exitCode } from './exit'
import { plainText } from './plain-text'

/**
 * With `--json`, stdout carries exactly one JSON document and nothing else; otherwise lines for people. Everything
 * that is not the answer goes to stderr.
 */
export function print(json: boolean, document: unknown, lines: () => readonly string[]): ExitCode {
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${plainText(lines().join('\n'))}\n`)
  return exitCode.done
}

export function note(line: string): void {
  process.stderr.write(`${plainText(line)}\n`)
}

/** Left-aligned columns, as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function utc(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z')
}

export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`
}
