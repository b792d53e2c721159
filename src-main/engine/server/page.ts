import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { PageToken } from './page-token'

const pageOpeningsPerMinute = 60
const withoutToken = 'Open the address that Quartet printed when it started: this page needs its token.\n'
const querySchema = z.object({ token: z.string().optional() })

/** The built renderer behind its token. `/?token=...` trades the token for a cookie and leaves a clean address. */
export async function servePage(server: FastifyInstance, rendererDir: string, token: () => PageToken): Promise<void> {
  await server.register(async (page) => {
    // Not earlier, so that guesses are counted by the rate limit first.
    page.addHook('preHandler', async (request, reply) => {
      if (token().isIn(request.headers.cookie)) return
      const query = querySchema.safeParse(request.query)
      const isOpening = request.routeOptions.url === '/' && query.success && token().matches(query.data.token)
      if (!isOpening) return reply.code(401).type('text/plain; charset=utf-8').send(withoutToken)
    })
    await page.register(fastifyStatic, {
      root: rendererDir,
      index: false,
      dotfiles: 'ignore',
      cacheControl: false,
      globIgnore: ['**/.*'],
      wildcard: false,
    })
    page.get('/', { config: { rateLimit: { max: pageOpeningsPerMinute } } }, async (request, reply) => {
      const query = querySchema.safeParse(request.query)
      if (!query.success || query.data.token === undefined) return reply.sendFile('index.html')
      if (token().matches(query.data.token)) reply.header('set-cookie', token().cookie())
      return reply.redirect('/', 303)
    })
  })
}
