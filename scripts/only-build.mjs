/** `npm run build`: the set-up alone, which ends with a build of what has changed. */
import { runScript } from './house.mjs'
import { prepare } from './setup.mjs'

await runScript(async () => {
  await prepare()
  return 0
})
