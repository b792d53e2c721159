import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeCheckout } from './checkout'

/** Makes the scripts believe in another version of Node, which no machine of ours has. */
const claimNode = (version: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
})

describe('the set-up', () => {
  test('installs and builds once, then has nothing to do and says nothing', async () => {
    using checkout = makeCheckout()
    expect((await checkout.run('quartet', ['status'])).stdout).toBe('["status"]\n')
    const second = await checkout.run('quartet', ['status', '--json'])
    expect(second).toEqual({ code: 0, stdout: '["status","--json"]\n', stderr: '' })
    expect(checkout.npmCalls()).toHaveLength(1)
    expect(checkout.builds()).toBe(1)
  })

  test('lets no package run a script of its own', async () => {
    using checkout = makeCheckout()
    await checkout.run('quartet')
    expect(checkout.npmCalls()[0]).toMatch(/^ci --ignore-scripts /)
  })

  test('builds again when a source changed, and only then', async () => {
    using checkout = makeCheckout()
    await checkout.run('quartet')
    checkout.write('src-main/cli.mjs', 'console.log("changed")')
    expect((await checkout.run('quartet')).stdout).toBe('changed\n')
    await checkout.run('quartet')
    expect([checkout.npmCalls().length, checkout.builds()]).toEqual([1, 2])
  })

  test('installs again when the lock file changed', async () => {
    using checkout = makeCheckout()
    await checkout.run('quartet')
    checkout.write('package-lock.json', '{ "packages": { "": {}, "node_modules/zod": { "version": "4.0.1" } } }')
    await checkout.run('quartet')
    expect(checkout.npmCalls()).toHaveLength(2)
  })

  test('does an interrupted install again', async () => {
    using checkout = makeCheckout()
    const installs = checkout.read('npm-does.mjs')
    checkout.write('npm-does.mjs', `${installs}\nprocess.kill(process.pid, 'SIGKILL')`)
    expect((await checkout.run('quartet')).code).toBe(1)
    checkout.write('npm-does.mjs', installs)
    expect((await checkout.run('quartet')).code).toBe(0)
    expect(checkout.npmCalls()).toHaveLength(2)
  })

  test('accepts what a person installed with npm', async () => {
    using checkout = makeCheckout()
    await checkout.run('quartet')
    rmSync(join(checkout.dir, 'node_modules', '.quartet-installed'))
    checkout.write('node_modules/.package-lock.json', checkout.read('package-lock.json'))
    await checkout.run('quartet')
    expect(checkout.npmCalls()).toHaveLength(1)
  })

  test('lets npm complete a lock file that package.json has run ahead of', async () => {
    using checkout = makeCheckout()
    const installs = checkout.read('npm-does.mjs').replace("includes('ci')", "includes('install')")
    const refuses =
      "if (process.argv.includes('ci')) { console.error('npm error code EUSAGE: not in sync'); process.exit(1) }"
    checkout.write('npm-does.mjs', `import process from 'node:process'\n${refuses}\n${installs}`)
    expect((await checkout.run('quartet')).code).toBe(0)
    expect(checkout.npmCalls().map((call) => call.split(' ')[0])).toEqual(['ci', 'install'])
  })

  test('sets up once when several commands start together', async () => {
    using checkout = makeCheckout()
    const ended = await Promise.all([1, 2, 3, 4].map((word) => checkout.run('quartet', [String(word)])))
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual([1, 2, 3, 4].map((word) => [0, `["${word}"]\n`]))
    expect([checkout.npmCalls().length, checkout.builds()]).toEqual([1, 1])
  })

  test('ignores the lock of a command that was killed', async () => {
    using checkout = makeCheckout()
    const noProcessHasThisNumber = String(2 ** 30)
    checkout.write('.cache/setup.lock', noProcessHasThisNumber)
    expect((await checkout.run('quartet')).code).toBe(0)
    expect(existsSync(join(checkout.dir, '.cache', 'setup.lock'))).toBe(false)
  })

  test('fetches a Node for the programs where the machine has an older one, once', async () => {
    using checkout = makeCheckout()
    checkout.write('src-main/cli.mjs', 'console.log(process.env.QUARTET_NODE)')
    const fetched = join(checkout.dir, '.cache', 'runtime', 'node_modules', 'node', 'bin', 'node')
    expect((await checkout.run('quartet', [], claimNode('20.11.0'))).stdout).toBe(`${fetched}\n`)
    expect((await checkout.run('quartet', [], claimNode('20.11.0'))).stdout).toBe(`${fetched}\n`)
    expect(checkout.npmCalls().map((call) => call.split(' ', 2).join(' '))).toEqual([
      'ci --ignore-scripts',
      'install node@24.21.0',
    ])
  })

  test('takes the package of the platform where the install script of `node` may not run', async () => {
    using checkout = makeCheckout()
    const refuses = "if (process.argv.some((word) => word.startsWith('node@'))) process.exit(0)"
    const installs = checkout.read('npm-does.mjs')
    const platformPackage = `node-${process.platform}-${process.arch}`
    const places = installs.replaceAll("place('node',", `place('${platformPackage}',`)
    checkout.write('npm-does.mjs', `import process from 'node:process'\n${refuses}\n${places}`)
    expect((await checkout.run('quartet', [], claimNode('20.11.0'))).code).toBe(0)
    expect(checkout.npmCalls()[2]).toContain(`install ${platformPackage}@24`)
  })

  test.each(['22.15.0', '24.0.0', '26.1.0'])(
    'runs the programs with Node %s where the machine has it',
    async (version) => {
      using checkout = makeCheckout()
      checkout.write('src-main/cli.mjs', 'console.log(process.env.QUARTET_NODE)')
      expect((await checkout.run('quartet', [], claimNode(version))).stdout).toBe(`${process.execPath}\n`)
    },
  )
})

describe('a set-up that cannot succeed ends in one clear line and exit code 1', () => {
  test.each([
    ['no network', 'npm error code ENOTFOUND', /^The npm registry could not be reached \(ENOTFOUND\)/],
    ['a full disk', 'npm error code ENOSPC', /^The disk is full/],
    ['no permission', 'npm error code EACCES', /^npm may not write here \(EACCES\)/],
  ])('%s', async (_, npmSays, line) => {
    using checkout = makeCheckout()
    checkout.write('npm-does.mjs', `console.error(${JSON.stringify(npmSays)}); process.exit(1)`)
    const { code, stdout, stderr } = await checkout.run('quartet', ['status'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.trim().split('\n').at(-1)).toMatch(line)
  })

  test('no npm', async () => {
    const { explainNpm } = await import('../../scripts/npm.mjs')
    const ending = { output: '', missing: true, timedOut: false, code: 127 }
    expect(explainNpm('the packages', ending)).toMatch(/^npm was not found/)
  })

  test('a Node that is too old for the scripts', async () => {
    using checkout = makeCheckout()
    const { code, stderr } = await checkout.run('quartet', [], claimNode('18.19.0'))
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Quartet needs Node 20 or newer; this is v.*\n$/)])
    expect(checkout.npmCalls()).toEqual([])
  })

  test('a build that fails shows what the builder said, and is tried again', async () => {
    using checkout = makeCheckout()
    await checkout.run('quartet')
    checkout.write('src-main/new.ts', 'new')
    checkout.write('node_modules/electron-vite/bin/electron-vite.js', 'console.error("no such file"); process.exit(1)')
    const { code, stderr } = await checkout.run('quartet')
    expect([code, stderr]).toEqual([1, expect.stringContaining('no such file\nThe build failed')])
    expect((await checkout.run('quartet')).code).toBe(1)
  })
})
