import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRecordedNews } from '../../../../src-main/engine/market/news/recorded-news'
import { temporaryFolder } from '../../../helpers/temporary-folder'

function fileOf(...lines: unknown[]): string {
  const path = join(temporaryFolder('recorded'), 'news.jsonl')
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}

test('headlines come in the order in which they became known, each once and from its first mention', async () => {
  const read = await readRecordedNews(
    fileOf(
      { knownAtMs: 300, title: 'Third' },
      { knownAtMs: 200, title: '<b>Second</b>', source: 'Wire', link: 'https://a.example/2', publishedAtMs: 100 },
      '',
      { knownAtMs: 400, title: 'third' },
      { knownAtMs: 100, title: 'First', scorer: 'fingpt', score: -0.5 },
    ),
  )
  if (!read.ok) return expect.unreachable()
  expect(read.value.headlines.map(({ title, knownAtMs }) => [title, knownAtMs])).toEqual([
    ['First', 100],
    ['Second', 200],
    ['Third', 300],
  ])
  expect(read.value.headlines[0]?.scored).toEqual({ scorer: 'fingpt', score: -0.5 })
  expect(read.value.headlines[1]).toMatchObject({ source: 'Wire', publishedAtMs: 100, scored: null })
  expect(read.value.newsHash).toMatch(/^[0-9a-f]{64}$/)
})

test.each([
  ['{"knownAtMs": 1, "title": ', /line 2: it is not JSON/],
  [{ title: 'When?' }, /line 2: knownAtMs/],
  [{ knownAtMs: -1, title: 'Before time' }, /line 2: knownAtMs/],
  [{ knownAtMs: 1, title: ' \u200b ' }, /line 2: its title has no words/],
  [{ knownAtMs: 1, title: 'x', link: 'javascript:alert(1)' }, /line 2: link/],
])('one bad line (%j) refuses the file by its number', async (line, message) => {
  const read = await readRecordedNews(fileOf({ knownAtMs: 1, title: 'Good' }, line))
  expect(read).toMatchObject({
    ok: false,
    problem: { code: 'news_file_broken', message: expect.stringMatching(message) },
  })
})

test('a file that is not there, or a folder, is refused by name', async () => {
  expect(await readRecordedNews('/nowhere/news.jsonl')).toMatchObject({
    ok: false,
    problem: { code: 'news_file_unreadable' },
  })
  expect(await readRecordedNews(tmpdir())).toMatchObject({ ok: false, problem: { code: 'news_file_unreadable' } })
})
