const units = [
  { name: 'day', lengthMs: 86_400_000 },
  { name: 'hour', lengthMs: 3_600_000 },
  { name: 'minute', lengthMs: 60_000 },
  { name: 'second', lengthMs: 1000 },
] as const

/** "12 hours", "1 day", "90 minutes": the largest unit that divides the length, else whole seconds. */
export function tellDuration(lengthMs: number): string {
  const whole = Math.round(lengthMs / 1000) * 1000
  const unit = units.find(({ lengthMs: unitMs }) => whole % unitMs === 0) ?? units[3]
  const count = whole / unit.lengthMs
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}

/** "2021-05-20T00:00:00Z" */
export function utcText(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z')
}
