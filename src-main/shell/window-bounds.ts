import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** Device-independent pixels, as Electron counts them. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const windowStateSchema = z.object({
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) }),
  maximized: z.boolean(),
})

export type WindowState = Readonly<z.infer<typeof windowStateSchema>>

export const SMALLEST_WINDOW = { width: 900, height: 600 } as const
const USUAL_WINDOW = { width: 1440, height: 900 } as const

/**
 * Where the window goes: where it was, if enough of it can still be seen on a display of today, never larger than
 * that display; otherwise centred on the first display.
 */
export function placeWindow(saved: WindowState | null, workAreas: readonly Rectangle[]): Rectangle {
  if (saved !== null) {
    for (const area of workAreas) {
      const sized = sizedFor(area, saved.bounds)
      if (showsEnough(area, sized)) return sized
    }
  }
  return centred(workAreas[0] ?? { x: 0, y: 0, ...USUAL_WINDOW })
}

/** A strip of the title bar that a hand can still grab. */
const GRAB = { width: 120, height: 40 } as const

function showsEnough(area: Rectangle, bounds: Rectangle): boolean {
  const width = Math.min(area.x + area.width, bounds.x + bounds.width) - Math.max(area.x, bounds.x)
  const topIsInside = bounds.y >= area.y && bounds.y + GRAB.height <= area.y + area.height
  return topIsInside && width >= GRAB.width
}

function sizedFor(area: Rectangle, bounds: Rectangle): Rectangle {
  return {
    x: bounds.x,
    y: bounds.y,
    width: Math.max(Math.min(bounds.width, area.width), SMALLEST_WINDOW.width),
    height: Math.max(Math.min(bounds.height, area.height), SMALLEST_WINDOW.height),
  }
}

function centred(area: Rectangle): Rectangle {
  const width = Math.min(USUAL_WINDOW.width, area.width)
  const height = Math.min(USUAL_WINDOW.height, area.height)
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  }
}

/** Null when nothing was remembered, or nothing that makes sense: the window then opens at its usual place. */
export function readWindowState(file: string): WindowState | null {
  try {
    const state = windowStateSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return state.success ? state.data : null
  } catch {
    return null
  }
}

/** Written beside and renamed, so that a power cut leaves the old state or the new one. False if it cannot be kept. */
export function writeWindowState(file: string, state: WindowState): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(state))
    renameSync(`${file}.new`, file)
    return true
  } catch {
    return false
  }
}
