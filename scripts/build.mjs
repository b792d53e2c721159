/** Builds the programs and the page into out/. */
import fs from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { run } from './children.mjs'
import { inHouse, rootDir, SetupFailure, say } from './house.mjs'
import { buildMarks, buildStamp, noteBuild } from './setup.mjs'

/** @param {string} node */
export async function build(node) {
  say('Building ...')
  const startedMs = Date.now()
  const contents = buildMarks.contents()
  const times = buildMarks.times()
  fs.rmSync(buildStamp, { force: true })
  const builder = inHouse('node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const ending = await run(node, [builder, 'build', '--logLevel', 'warn'], { cwd: rootDir, output: 'capture' })
  if (ending.code !== 0)
    throw new SetupFailure(
      `${stripVTControlCharacters(ending.output).trim()}\nThe build failed; what it said stands above.`,
    )
  noteBuild(contents, times)
  say(`Built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.`)
}
