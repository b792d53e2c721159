import { writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { createServer, type RunningServer } from '../../../src-main/engine/server/server'
import { type ServedStory, serveStory } from '../../helpers/served-story'
import { temporaryFolder } from '../../helpers/temporary-folder'

export const token = 'k3y-of-the-page-0123456789abcdef'

export interface Stage {
  readonly server: RunningServer
  readonly desk: ServedStory
  /** Everything that was logged, at every level. */
  logged(): string
  readonly cookie: string
  readonly rendererDir: string
  ask(path: string, options?: AskOptions): Promise<Answer>
  close(): Promise<void>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A running server on a free port with a desk in memory, and `page` or a page of two files. */
export async function setStage(page?: string): Promise<Stage> {
  const ownDir = temporaryFolder('page')
  await writeFile(join(ownDir, 'index.html'), '<!doctype html><title>Quartet</title><script src="app.js"></script>')
  await writeFile(join(ownDir, 'app.js'), 'document.title')
  const rendererDir = page ?? ownDir
  let logged = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk)
      done()
    },
  })
  const desk = serveStory()
  const opened = await createServer({ port: 0, token, desk, rendererDir, log: pino({ level: 'trace' }, sink) })
  if (!opened.ok) throw new Error(opened.problem.message)
  const server = opened.value
  return {
    server,
    desk,
    logged: () => logged,
    rendererDir,
    cookie: `quartet_${server.port}=${token}`,
    ask: (path, options = {}) => ask(server.port, path, options),
    close: () => server.close(),
  }
}

/** One request with node:http, which lets a test set `Host` and leaves redirects alone. */
function ask(port: number, path: string, { method = 'GET', headers = {}, body }: AskOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}
