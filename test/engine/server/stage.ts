import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { createServer, type RunningServer } from '../../../src-main/engine/server/server'
import { type ServedStory, serveStory } from '../../helpers/served-story'

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

/** A running server on a free port, with a page of two files and a desk in memory. */
export async function setStage(): Promise<Stage> {
  const rendererDir = await mkdtemp(join(tmpdir(), 'quartet-page-'))
  await writeFile(
    join(rendererDir, 'index.html'),
    '<!doctype html><title>Quartet</title><script src="app.js"></script>',
  )
  await writeFile(join(rendererDir, 'app.js'), 'document.title')
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
    async close() {
      await server.close()
      await rm(rendererDir, { recursive: true })
    },
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
