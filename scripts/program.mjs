/** Runs one built program in the foreground: the terminal is the program's, its exit code is the script's. */
import path from 'node:path'
import { run } from './children.mjs'
import { programsDir } from './house.mjs'
import { prepare } from './setup.mjs'

/**
 * @param {'cli' | 'bench'} program
 * @param {readonly string[]} args
 */
export async function runProgram(program, args) {
  const { node, env } = await prepare()
  const { code } = await run(node, [path.join(programsDir, `${program}.js`), ...args], { env, isTheProgram: true })
  return code
}
