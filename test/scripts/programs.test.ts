import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Checkout, makeCheckout } from './checkout'

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

/** A program that says when it is there and ends in its own way when it is told to. */
const politeProgram = `
process.on('SIGTERM', () => { console.log('goodbye'); process.exit(143) })
process.on('SIGINT', () => { console.log('interrupted'); process.exit(130) })
setInterval(() => {}, 1000)
console.log('Quartet is open at http://127.0.0.1:7000/?token=abc')
console.log(process.argv.slice(2).join(' '))
`

describe('npm run quartet', () => {
  test('passes on the exit code', async () => {
    using checkout = makeCheckout()
    checkout.write('src-main/cli.mjs', 'process.exitCode = 2')
    expect((await checkout.run('quartet')).code).toBe(2)
  })

  test.each([
    ['SIGTERM', 'goodbye', 143],
    ['SIGINT', 'interrupted', 130],
  ] as const)('passes on %s and waits for the program to end in its own way', async (signal, lastWord, code) => {
    using checkout = makeCheckout()
    checkout.write('src-main/cli.mjs', politeProgram)
    const { child, ended, saying } = checkout.start('quartet')
    await saying('token=abc')
    child.kill(signal)
    const { code: ending, stdout } = await ended
    expect([ending, stdout]).toEqual([code, expect.stringContaining(lastWord)])
  })
})

describe.runIf(process.platform !== 'win32')('npm itself', () => {
  /** Starts the command line through the real npm, as a person does, and waits until the program is there. */
  async function startThroughNpm(checkout: Checkout): Promise<ChildProcess> {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')))
    checkout.write('package.json', JSON.stringify({ type: 'module', scripts }))
    checkout.write(
      'src-main/cli.mjs',
      `import fs from 'node:fs'\n${politeProgram}\nprocess.on('exit', () => fs.writeFileSync('ended.txt', 'ended'))`,
    )
    await checkout.run('only-build')
    const env = { PATH: process.env.PATH ?? '', HOME: checkout.dir }
    const child = spawn('npm', ['run', '-s', 'quartet', '--', 'serve'], {
      cwd: checkout.dir,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return child
  }

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('passes on %s, waits, and ends with the exit code of the program', async (signal, code) => {
    using checkout = makeCheckout()
    const npm = await startThroughNpm(checkout)
    npm.kill(signal)
    expect(await new Promise((resolve) => npm.on('exit', resolve))).toBe(code)
    expect(checkout.read('ended.txt')).toBe('ended')
  })

  test('that is killed leaves no desk behind', async () => {
    using checkout = makeCheckout()
    const npm = await startThroughNpm(checkout)
    npm.kill('SIGKILL')
    await expect.poll(() => checkout.read('ended.txt'), { timeout: 10_000 }).toBe('ended')
  })
})

describe('npm start', () => {
  test('without a display prints the address and the decisions, and says why there is no window', async () => {
    using checkout = makeCheckout()
    checkout.write('src-main/cli.mjs', politeProgram)
    const { child, ended, saying } = checkout.start('start', ['--port', '7000'])
    await saying('serve --port 7000 --print-decisions')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect(stdout).toContain('Quartet is open at http://127.0.0.1:7000/?token=abc')
    expect(stderr).toContain('Quartet opens without a window: there is no display.')
    expect(code).toBe(130)
  })

  test.runIf(process.platform === 'linux')('with a display opens the address in the browser', async () => {
    using checkout = makeCheckout()
    // What a model writes may end up among the decisions: nothing but this machine is opened, and that once.
    const lines = ['http://evil.example/', 'http://127.0.0.1:80@evil.example/', 'http://127.0.0.1:7001/'].map(
      (address) => `console.log('Quartet is open at ${address}')`,
    )
    checkout.write('src-main/cli.mjs', [...lines.slice(0, 2), politeProgram, ...lines.slice(2)].join('\n'))
    mkdirSync(`${checkout.dir}/bin`)
    writeFileSync(`${checkout.dir}/bin/xdg-open`, `#!/bin/sh\necho "$1" >> ${checkout.dir}/opened.txt\n`, {
      mode: 0o755,
    })
    const env = { DISPLAY: ':1', PATH: `${checkout.dir}/bin:${process.env.PATH}` }
    const { child, ended, saying } = checkout.start('start', ['--browser'], env)
    await saying('http://127.0.0.1:7001/')
    await expect.poll(() => checkout.read('opened.txt')).toBe('http://127.0.0.1:7000/?token=abc\n')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143, stderr: expect.stringContaining('Quartet opens in the browser') })
  })
})

describe('npm test', () => {
  test('fails, and names it, where a test has left something in the temporary folder', async () => {
    using checkout = makeTools(0, 5, 0)
    const leaving = `fs.mkdirSync(process.env.TMPDIR + '/forgotten')`
    checkout.write('tools/vitest/vitest.mjs', `${vitestReports(5, 0)}; ${leaving}`)
    const { code, stdout } = await checkout.run('test', ['anything'], env)
    expect(code).toBe(1)
    expect(stdout).toContain('Left behind in the temporary folder, and removed: forgotten\n')
    expect(stdout).toContain('5 passed, 1 failed')
  })

  /** A vitest that reports these numbers. */
  const vitestReports = (passed: number, failed: number): string => `
    import fs from 'node:fs'
    const file = process.argv.find((word) => word.startsWith('--outputFile.json=')).split('=')[1]
    fs.writeFileSync(file, JSON.stringify({ numPassedTests: ${passed}, numFailedTests: ${failed}, numPendingTests: 0, numTodoTests: 0 }))
    console.log('vitest', process.argv.slice(2, 4).join(' '))
    process.exitCode = ${failed > 0 ? 1 : 0}
  `

  function makeTools(types: number, passed: number, failed: number): Checkout {
    const checkout = makeCheckout()
    checkout.write('tools/package.json', '{ "type": "module" }')
    checkout.write('tools/typescript/bin/tsc', `console.log('types'); process.exitCode = ${types}`)
    checkout.write('tools/@biomejs/biome/bin/biome', "console.log('style')")
    checkout.write('tools/dependency-cruiser/bin/dependency-cruiser.mjs', "console.log('layers')")
    checkout.write('tools/vitest/vitest.mjs', vitestReports(passed, failed))
    return checkout
  }
  const env = { QUARTET_CHROMIUM: process.execPath }

  test('runs every check and ends with the counts of all of them', async () => {
    using checkout = makeTools(0, 5, 0)
    const { code, stdout } = await checkout.run('test', [], env)
    expect(code).toBe(0)
    expect(stdout.trim().split('\n').at(-1)).toBe('13 passed, 0 failed')
  })

  test('runs what follows a failed check, and fails in the end', async () => {
    using checkout = makeTools(2, 5, 1)
    const { code, stdout } = await checkout.run('test', [], env)
    expect(code).toBe(1)
    for (const heading of ['types', 'style', 'layers', 'vitest']) expect(stdout).toContain(`\n${heading}`)
    expect(stdout.trim().split('\n').slice(-2)).toEqual([
      'Failed: Types, Unit and integration tests, Browser tests',
      '12 passed, 3 failed',
    ])
  })

  test('with words runs only the tests that they find', async () => {
    using checkout = makeTools(2, 5, 0)
    const { code, stdout } = await checkout.run('test', ['journal'], env)
    expect([code, stdout]).toEqual([0, expect.stringContaining('vitest run journal')])
    expect(stdout).not.toContain('\ntypes')
  })
})
