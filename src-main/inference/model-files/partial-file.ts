import { rmSync } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { z } from 'zod'

/**
 * What a transfer leaves on the disk. Bytes are only ever appended to `<path>.partial`, so its length alone says how far
 * the transfer is: whenever the process is killed, the next one goes on there. `<path>.partial.json` says which content
 * the bytes belong to, so that two uploads under one name are never mixed.
 */
export interface PartialFile {
  readonly path: string
  readonly refusedPath: string
  /** Bytes so far; zero when there is no file. */
  length(): Promise<number>
  /** Makes sure that what is there belongs to this content; anything else is thrown away. */
  belongTo(content: PartialContent): Promise<void>
  append(): Promise<FileHandle>
  discard(): Promise<void>
  /** Gives the file its own name, once it is whole, checked and on the disk. */
  finish(): Promise<void>
  /** Keeps the file, under a name that nothing loads. */
  setAside(): Promise<void>
  /** Gives a file that was set aside its own name after all; returns its size in bytes. */
  takeBack(): Promise<number>
}

const contentSchema = z.object({ sha256: z.string().nullable(), sizeBytes: z.number().nullable(), etag: z.string() })

export type PartialContent = z.infer<typeof contentSchema>

export const partialPath = (path: string): string => `${path}.partial`
export const refusedPath = (path: string): string => `${path}.refused`

export function partialFile(path: string): PartialFile {
  const partial = partialPath(path)
  const contentPath = `${partial}.json`
  const refused = refusedPath(path)

  async function discard(): Promise<void> {
    await rm(partial, { force: true })
    await rm(contentPath, { force: true })
  }

  async function forceToDisk(file: string): Promise<void> {
    const handle = await open(file, 'r+')
    await handle.sync().finally(() => handle.close())
  }

  return {
    path: partial,
    refusedPath: refused,
    length: () => sizeOf(partial),
    async belongTo({ sha256, sizeBytes, etag }) {
      const content = { sha256, sizeBytes, etag }
      const known = await readContent(contentPath)
      if (known !== null && JSON.stringify(known) === JSON.stringify(content)) return
      await discard()
      await writeFile(contentPath, JSON.stringify(content))
    },
    append: () => open(partial, 'a'),
    discard,
    async finish() {
      await forceToDisk(partial)
      await rename(partial, path)
      await rm(contentPath, { force: true })
      if (process.platform === 'win32') return
      const folder = await open(dirname(path), 'r')
      await folder.sync().finally(() => folder.close())
    },
    async setAside() {
      await rename(partial, refused)
      await rm(contentPath, { force: true })
    },
    async takeBack() {
      await forceToDisk(refused)
      await rename(refused, path)
      return sizeOf(path)
    },
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function readContent(path: string): Promise<PartialContent | null> {
  try {
    return contentSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

/**
 * One process at a time writes a file. The lock is an exclusive SQLite lock, which the operating system takes back when
 * its process ends, however it ends. Returns the release, or null while another process has it.
 */
export function lockPartial(path: string): (() => void) | null {
  const lockPath = `${partialPath(path)}.lock`
  const database = new Database(lockPath, { timeout: 0 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
  return () => {
    rmSync(lockPath, { force: true })
    database.close()
  }
}
