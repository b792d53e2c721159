/**
 * `npm test`: the same set-up as `npm start`, then every check of the house, each with its time; all of them run even
 * when one fails. `npm test -- WORDS` runs only the tests that vitest finds with these words.
 */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { ensureChromium } from './chromium.mjs'
import { cacheDir, inHouse, rootDir, runScript } from './house.mjs'
import { prepare } from './setup.mjs'
import { openTestFolder } from './test-folder.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

const browserTests = 'test/e2e'
const reportFile = path.join(cacheDir, 'vitest-report.json')

/** @param {...string} parts below node_modules */
const tool = (...parts) => inHouse('node_modules', ...parts)
const vitest = tool('vitest', 'vitest.mjs')

const filter = process.argv.slice(2)

const wholeHouse = [
  { title: 'Types', args: [tool('typescript', 'bin', 'tsc'), '--project', '.'] },
  { title: 'Style', args: [tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings'] },
  {
    title: 'Layer rules',
    args: [
      tool('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      'src-shared',
      'src-main',
      'src-renderer',
      'test',
    ],
  },
  { title: 'Unit and integration tests', args: [vitest, 'run', '--exclude', `${browserTests}/**`] },
  { title: 'Browser tests', args: [vitest, 'run', `${browserTests}/`] },
]

const chosenTests = [{ title: `Tests of ${filter.join(' ')}`, args: [vitest, 'run', ...filter] }]

await runScript(async () => {
  const startedMs = Date.now()
  const { node, env } = await prepare()
  console.log(`Set-up: ${seconds(startedMs)}`)
  /** @type {Count} */
  const total = { passed: 0, failed: 0, skipped: 0 }
  const failedSteps = []
  for (const step of filter.length > 0 ? chosenTests : wholeHouse) {
    const stepStartedMs = Date.now()
    console.log(`\n== ${step.title}`)
    const count = await check(step, node, env)
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += count[key]
    if (count.failed > 0) failedSteps.push(step.title)
    console.log(`== ${step.title}: ${count.failed > 0 ? 'FAILED' : 'ok'}, ${seconds(stepStartedMs)}`)
  }
  console.log(failedSteps.length > 0 ? `\nFailed: ${failedSteps.join(', ')}` : '\nEverything passed.')
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
  return failedSteps.length > 0 ? 1 : 0
})

/** @param {number} sinceMs */
function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
}

/**
 * @param {{ args: string[] }} step
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Count>} a check without tests of its own counts as one
 */
async function check({ args }, node, env) {
  if (args[0] !== vitest) {
    const { code } = await run(node, args, { cwd: rootDir, env })
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  }
  const chromium = await ensureChromium(node, env)
  const folder = openTestFolder(chromium ? { ...env, QUARTET_CHROMIUM: chromium } : env)
  fs.rmSync(reportFile, { force: true })
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const { code } = await run(node, [...args, ...report], { cwd: rootDir, env: folder.env })
  const left = folder.clear()
  if (left.length > 0) console.log(`Left behind in the temporary folder, and removed: ${left.join(', ')}`)
  const count = countTests(code)
  return left.length > 0 && count.failed === 0 ? { ...count, failed: 1 } : count
}

/**
 * A test file that cannot be loaded, or an error outside of any test, fails the step although no test failed.
 *
 * @param {number} code vitest's exit code
 * @returns {Count}
 */
function countTests(code) {
  if (!fs.existsSync(reportFile)) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  const report = JSON.parse(fs.readFileSync(reportFile, 'utf8'))
  const failed = Number(report.numFailedTests)
  const skipped = Number(report.numPendingTests) + Number(report.numTodoTests)
  return { passed: Number(report.numPassedTests), failed: code !== 0 && failed === 0 ? 1 : failed, skipped }
}
