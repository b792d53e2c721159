import { z } from 'zod'
import type { Clock } from './desk-store'

/** What a user chose about the screen itself; kept by the page, never sent to the engine. */
const CLOCK_KEY = 'quartet.clock'
const clockSchema = z.enum(['utc', 'local'])

export function rememberedClock(storage: Storage): Clock {
  const known = clockSchema.safeParse(storage.getItem(CLOCK_KEY))
  return known.success ? known.data : 'utc'
}

export function rememberClock(storage: Storage, clock: Clock): void {
  storage.setItem(CLOCK_KEY, clock)
}
