import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * A file that appears under its name only when it is whole: it is written beside its place as `<path>.<pid>.partial`,
 * forced to the disk and renamed. An interrupted writer leaves what was under the name before.
 */
export interface WholeFile {
  /** Where to write meanwhile. */
  readonly unfinishedPath: string
  /** Gives the file its name; returns its size in bytes. */
  finish(): number
  /** Removes what was written so far. */
  abandon(): void
}

export function wholeFile(path: string): WholeFile {
  const unfinishedPath = `${path}.${process.pid}.partial`
  return {
    unfinishedPath,
    finish: () => {
      forceToDisk(unfinishedPath)
      const { size } = statSync(unfinishedPath)
      renameSync(unfinishedPath, path)
      // A directory can be forced to the disk on POSIX systems only; Windows keeps its directory entries itself.
      if (process.platform !== 'win32') forceToDisk(dirname(path))
      return size
    },
    abandon: () => {
      if (existsSync(unfinishedPath)) rmSync(unfinishedPath)
    },
  }
}

function forceToDisk(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
