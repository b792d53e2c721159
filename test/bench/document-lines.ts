/** A benchmark's document as a table: one line per figure, named by its path, such as `decisionMs.p50`. */
export function documentLines(document: Readonly<Record<string, unknown>>): string[] {
  const rows = figures(document, '')
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}

function figures(value: unknown, path: string): [string, string][] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => figures(part, path === '' ? key : `${path}.${key}`))
  }
  return [[path, typeof value === 'number' ? readable(value) : String(value)]]
}

/** Four significant digits are more than a measurement holds; whole numbers stay whole. */
function readable(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}
