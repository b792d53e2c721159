import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file system of its own over a folder, for faults of the disk. */
export interface SmallDisk {
  /** There is space again; sizes as `mount` writes them, such as `64m`. */
  grow(size: string): void
  /** Only while nobody has a file of it open. */
  setReadOnly(): void
  setWritable(): void
  unmount(): void
}

/** Mounts an empty disk of this size over `folder`; null, with the reason printed, where that is not allowed. */
export function mountSmallDisk(folder: string, size: string): SmallDisk | null {
  const remount = (option: string): void => void execFileSync('mount', ['-o', `remount,${option}`, folder])
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder], { stdio: 'pipe' })
  } catch {
    console.warn(`Skipped: ${noSmallDisk}`)
    return null
  }
  return {
    grow: (grown) => remount(`size=${grown}`),
    setReadOnly: () => remount('ro'),
    setWritable: () => remount('rw'),
    unmount: () => void execFileSync('umount', ['--lazy', folder]),
  }
}

export const noSmallDisk = 'no small disk can be mounted here (needs root on Linux)'

const blockBytes = 4096

/** Takes all space that is left on the disk of this folder, as somebody else's file would. */
export function fillDisk(folder: string): void {
  try {
    for (;;) appendFileSync(join(folder, 'somebody-elses'), Buffer.alloc(blockBytes))
  } catch {
    // There is no space left.
  }
}
