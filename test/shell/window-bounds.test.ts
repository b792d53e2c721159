import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { placeWindow, readWindowState, type WindowState, writeWindowState } from '../../src-main/shell/window-bounds'
import { temporaryFolder } from '../helpers/temporary-folder'

const display = { x: 0, y: 0, width: 1920, height: 1040 }
const second = { x: 1920, y: 0, width: 2560, height: 1400 }
const at = (x: number, y: number, width = 1200, height = 800): WindowState => ({
  bounds: { x, y, width, height },
  maximized: false,
})

describe('the window opens where the user left it', () => {
  it('in the middle of the first display when nothing is remembered', () => {
    expect(placeWindow(null, [display, second])).toEqual({ x: 240, y: 70, width: 1440, height: 900 })
  })

  it('on the second display, as long as that is there', () => {
    expect(placeWindow(at(2000, 100), [display, second])).toEqual({ x: 2000, y: 100, width: 1200, height: 800 })
    expect(placeWindow(at(2000, 100), [display])).toEqual({ x: 240, y: 70, width: 1440, height: 900 })
  })

  it('never larger than the display it is on', () => {
    expect(placeWindow(at(0, 0, 9000, 9000), [display])).toEqual(display)
  })

  it('always with a part of its title bar that can be grabbed', () => {
    const whole = fc.integer({ min: -20_000, max: 20_000 })
    const size = fc.integer({ min: 1, max: 20_000 })
    fc.assert(
      fc.property(whole, whole, size, size, (x, y, width, height) => {
        const placed = placeWindow(at(x, y, width, height), [display, second])
        const grabbed = [display, second].some(
          (area) =>
            Math.min(area.x + area.width, placed.x + placed.width) - Math.max(area.x, placed.x) >= 120 &&
            placed.y >= area.y &&
            placed.y + 40 <= area.y + area.height,
        )
        expect(grabbed).toBe(true)
      }),
    )
  })
})

describe('what is remembered of the window', () => {
  let folder: string
  beforeEach(() => {
    folder = temporaryFolder('window')
  })

  it('comes back as it was written', () => {
    const file = join(folder, 'new', 'window.json')
    expect(writeWindowState(file, at(5, 6))).toBe(true)
    expect(readWindowState(file)).toEqual(at(5, 6))
    expect(readFileSync(file, 'utf8')).toContain('"width":1200')
  })

  it.each([
    '',
    '{',
    '{"bounds":{"x":1e999}}',
    '{"bounds":{"x":0,"y":0,"width":-1,"height":5},"maximized":false}',
    '[]',
  ])('is forgotten when the file holds %j', (text) => {
    writeFileSync(join(folder, 'window.json'), text)
    expect(readWindowState(join(folder, 'window.json'))).toBeNull()
  })

  it('is not kept, and nothing breaks, where the folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(writeWindowState(join(folder, 'file', 'window.json'), at(0, 0))).toBe(false)
  })
})
