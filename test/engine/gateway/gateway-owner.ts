import { join } from 'node:path'
import { settingsSchema } from '@shared/contract/settings'
import { createGateway } from '../../../src-main/engine/gateway/gateway'
import { resourcesDir } from '../../helpers/repository'
import { marketContext } from './market-context'

/** A process that owns a gateway and asks it again and again; a test kills it in the middle. */
const [, , starterPath = '', inferenceProgram = ''] = process.argv
const gateway = createGateway({
  settings: settingsSchema.parse({ inference: { rationale: 'off' } }),
  starterPath,
  inferenceProgram,
  promptsDir: join(resourcesDir, 'prompts'),
  nodePath: process.execPath,
  log: { info: () => undefined, warn: () => undefined },
  clock: () => performance.now(),
})
for (;;) {
  const { servedBy } = await gateway.decide({ context: marketContext(), preference: null })
  process.stdout.write(`${servedBy}\n`)
}
