import type { Clock } from '../store/desk-store'

/** Times as the desk shows them: ISO order, 24 hours, and always the name of the clock where a date stands alone. */

interface ClockFormats {
  readonly date: Intl.DateTimeFormat
  readonly minute: Intl.DateTimeFormat
}

function formats(timeZone: string | undefined): ClockFormats {
  const zone = timeZone === undefined ? {} : { timeZone }
  return {
    // Swedish writes dates as ISO 8601 does.
    date: new Intl.DateTimeFormat('sv-SE', { ...zone, year: 'numeric', month: '2-digit', day: '2-digit' }),
    minute: new Intl.DateTimeFormat('sv-SE', { ...zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  }
}

const byClock: Readonly<Record<Clock, ClockFormats>> = { utc: formats('UTC'), local: formats(undefined) }

export function dateOf(timeMs: number, clock: Clock): string {
  return byClock[clock].date.format(timeMs)
}

export function minuteOf(timeMs: number, clock: Clock): string {
  return byClock[clock].minute.format(timeMs)
}

export function clockName(clock: Clock): string {
  return clock === 'utc' ? 'UTC' : 'local'
}

/** "2021-05-19 13:00 UTC" */
export function marketTime(timeMs: number, clock: Clock): string {
  return `${dateOf(timeMs, clock)} ${minuteOf(timeMs, clock)} ${clockName(clock)}`
}

/** "05-19 13:00", for lists whose head names the clock. */
export function shortTime(timeMs: number, clock: Clock): string {
  return `${dateOf(timeMs, clock).slice(5)} ${minuteOf(timeMs, clock)}`
}

export const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** "5 min", "3 h", "2 d"; what lies ahead is "now". */
export function ageText(ageMs: number): string {
  if (ageMs < MINUTE_MS) return 'now'
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min`
  return ageMs < 2 * DAY_MS ? `${Math.floor(ageMs / HOUR_MS)} h` : `${Math.floor(ageMs / DAY_MS)} d`
}
