import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, setStage, token } from './stage'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.close())

describe('the page', () => {
  test('is not served without the token, and says so in one sentence', async () => {
    for (const path of ['/', '/app.js', '/index.html', '/?token=wrong', '/app.js?token=wrong']) {
      const answer = await stage.ask(path)
      expect(answer.status).toBe(401)
      expect(answer.text).toMatch(/^Open the address that Quartet printed[^.]*\.\n$/)
    }
  })

  test('trades the token for a cookie that scripts and other sites cannot use, and hides it from the address', async () => {
    const answer = await stage.ask(stage.server.pageUrl.slice(stage.server.url.length))
    expect([answer.status, answer.headers.location]).toEqual([303, '/'])
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie).toBe(`${stage.cookie}; Path=/; HttpOnly; SameSite=Strict`)
  })

  test('is served with the cookie, its files as well', async () => {
    const headers = { cookie: `theme=dark; ${stage.cookie}` }
    const page = await stage.ask('/', { headers })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('<title>Quartet')])
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    const script = await stage.ask('/app.js', { headers })
    expect([script.status, script.headers['content-type']]).toEqual([200, expect.stringContaining('javascript')])
  })

  test('a token in the address of a page that already has its cookie is cleaned away', async () => {
    const answer = await stage.ask('/?token=stale', { headers: { cookie: stage.cookie } })
    expect([answer.status, answer.headers.location, answer.headers['set-cookie']]).toEqual([303, '/', undefined])
  })

  test.each(['/../package.json', '/..%2f..%2fetc%2fpasswd', '/.env', '/%2e%2e/%2e%2e/etc/passwd', '/app.js%00.html'])(
    'nothing outside its folder is served: %s',
    async (path) => {
      const answer = await stage.ask(path, { headers: { cookie: stage.cookie } })
      expect([400, 403, 404]).toContain(answer.status)
      expect(answer.text).not.toMatch(/root:|dependencies/)
    },
  )

  test.each(['quartet_1=x', `other=${token}`, `quartet_%=${token}`, 'quartet=%', ';;;==;'])(
    'the cookie %s opens nothing',
    async (cookie) => {
      expect((await stage.ask('/', { headers: { cookie } })).status).toBe(401)
    },
  )

  test('the token never reaches the log', async () => {
    await stage.ask(`/?token=${token}`)
    await stage.ask('/', { headers: { cookie: stage.cookie } })
    await stage.ask(`/nowhere?token=${token}`)
    await stage.ask(`/%zz?token=${token}`)
    expect(stage.logged()).toContain('Server listening')
    expect(stage.logged()).not.toContain(token)
  })

  test('guessing is slowed down', async () => {
    const guesses = Array.from({ length: 61 }, (_, index) => stage.ask(`/?token=guess-${index}`))
    const statuses = (await Promise.all(guesses)).map((answer) => answer.status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
  })
})
