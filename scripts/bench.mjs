/** `npm run -s bench -- NAME [--json]`: the benchmarks. */
import process from 'node:process'
import { runScript } from './house.mjs'
import { runProgram } from './program.mjs'

await runScript(() => runProgram('bench', process.argv.slice(2)))
