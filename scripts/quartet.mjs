/** `npm run -s quartet -- COMMAND`: the command line. Nothing but the command itself writes to stdout. */
import process from 'node:process'
import { runScript } from './house.mjs'
import { runProgram } from './program.mjs'

await runScript(() => runProgram('cli', process.argv.slice(2)))
