import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { answerFromFolder } from '../../src-main/shell/app-files'
import { temporaryFolder } from '../helpers/temporary-folder'

describe('app:// serves the files of the page and nothing else', () => {
  let folder: string
  let root: string
  const get = (url: string, method = 'GET'): Promise<Response> => answerFromFolder(root, { url, method })

  beforeAll(() => {
    folder = temporaryFolder('app-files')
    root = join(folder, 'renderer')
    mkdirSync(join(root, 'assets'), { recursive: true })
    mkdirSync(join(folder, 'renderer-secrets'))
    writeFileSync(join(root, 'index.html'), '<!doctype html>')
    writeFileSync(join(root, 'assets/page.js'), 'export {}')
    writeFileSync(join(root, 'assets/ä b.css'), 'p {}')
    writeFileSync(join(root, 'assets/notes.txt'), 'no part of the page')
    writeFileSync(join(folder, 'secret.json'), '{}')
    writeFileSync(join(folder, 'renderer-secrets/key.json'), '{}')
    symlinkSync(join(folder, 'secret.json'), join(root, 'link.json'))
  })

  it.each([
    ['app://quartet/', 'text/html; charset=utf-8'],
    ['app://quartet/index.html?x=1#y', 'text/html; charset=utf-8'],
    ['app://quartet/assets/page.js', 'text/javascript; charset=utf-8'],
    ['app://quartet/assets/%C3%A4%20b.css', 'text/css; charset=utf-8'],
  ])('%s is there, as %s', async (url, type) => {
    const response = await get(url)
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, type])
  })

  it.each([
    ['app://quartet/../secret.json', 404],
    ['app://quartet/%2e%2e/secret.json', 404],
    ['app://quartet/..%2fsecret.json', 403],
    ['app://quartet/assets/..%2f..%2fsecret.json', 403],
    ['app://quartet/..%2frenderer-secrets%2fkey.json', 403],
    ['app://quartet/..%5csecret.json', 400],
    ['app://quartet/%252e%252e%252fsecret.json', 400],
    ['app://quartet/C%3A/secret.json', 400],
    ['app://quartet/index.html%00.js', 400],
    ['app://quartet/%ff', 400],
    ['app://quartet/%2fetc/passwd', 404],
    ['app://quartet/link.json', 404],
    ['app://quartet/assets/', 404],
    ['app://quartet/assets', 404],
    ['app://quartet/assets/notes.txt', 404],
    ['app://quartet/missing.js', 404],
    ['app://elsewhere/index.html', 403],
    ['app://user@quartet/index.html', 403],
    ['app://quartet:80/index.html', 403],
    ['https://quartet/index.html', 403],
    ['file:///etc/passwd', 403],
  ])('%s is refused with %i', async (url, status) => {
    const response = await get(url)
    expect(response.status).toBe(status)
    expect(await response.text()).not.toContain('{}')
  })

  it('nothing but reading is allowed', async () => {
    expect((await get('app://quartet/', 'POST')).status).toBe(405)
    const head = await get('app://quartet/', 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('every answer, a refusal too, forbids inline code and reaches for nothing outside', async () => {
    for (const url of ['app://quartet/', 'app://quartet/missing.js', 'app://quartet/..%2fsecret.json', 'https://x/']) {
      const { headers } = await get(url)
      const policy = headers.get('Content-Security-Policy') ?? ''
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /)
      expect(policy).not.toMatch(/unsafe|https?:|\*/)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })
})
