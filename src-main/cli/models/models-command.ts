/**
 * The commands of the model library, one file each. They work beside a running desk: both write `models.json` and
 * `settings.json` whole, and a file is fetched by one process at a time.
 */
import { sha256Schema } from '@shared/contract/catalogue'
import type { Slot } from '@shared/contract/model'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ModelLibrary } from '../../engine/models/library'
import type { Places } from '../../engine/places'
import { slotWord } from '../words'

export function addModelsCommands(models: Command, places: Places, end: (code: number) => void): void {
  const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)
  models.description('the model library: what there is, what is installed, what fits')

  async function withLibrary(work: (library: ModelLibrary) => Promise<number>): Promise<void> {
    const { openLibraryHere } = await import('../../engine/open-library')
    const library = openLibraryHere(places, process.env)
    try {
      end(await work(library))
    } finally {
      await library.close()
    }
  }

  models
    .command('list')
    .description('the catalogue, installed models, and files that other programs have on this machine')
    .addOption(json())
    .action(async (options) => withLibrary(async (library) => (await import('./list')).listModels(library, options)))

  models
    .command('check')
    .description('does it fit: GPU layers, context, sequences, memory, speed to expect; without a name, what slots use')
    .argument('[model]', 'a slot, a catalogue entry or an installed model')
    .addOption(json())
    .action(async (model: string | undefined, options) =>
      withLibrary(async (library) => (await import('./check')).checkModel(library, model ?? null, options)),
    )

  models
    .command('pull')
    .description('fetch a model; interrupted or not, the same command goes on where it was')
    .argument('<model>', 'a slot (its first entry) or a catalogue entry')
    .option('--accept-licence', 'you have read the licence that is shown, and accept it', false)
    .option('--accept-sha256 <hex>', 'take the file with this hash, although the catalogue names another', sha256Word)
    .addOption(json())
    .action(async (model: string, options) =>
      withLibrary(async (library) => (await import('./pull')).pullModel(library, model, options)),
    )

  models
    .command('import')
    .description('take in a GGUF file that is already on this machine, where it lies')
    .argument('<file>', 'the file')
    .requiredOption('--slot <slot>', 'the slot that it is for', slotWord)
    .addOption(json())
    .action(async (file: string, options: { slot: Slot; json: boolean }) =>
      withLibrary(async (library) => (await import('./import')).importModel(library, file, options)),
    )

  models
    .command('remove')
    .description('delete a model that was pulled; forget one that was imported')
    .argument('<model>', 'an installed model')
    .addOption(json())
    .action(async (model: string, options) =>
      withLibrary(async (library) => (await import('./remove')).removeModel(library, model, options)),
    )

  models
    .command('verify')
    .description('hash every installed file anew')
    .addOption(json())
    .action(async (options) =>
      withLibrary(async (library) => (await import('./verify')).verifyModels(library, options)),
    )

  models
    .command('use')
    .description('give a slot an installed model, or the starter, from the next start of the desk on')
    .argument('<choice>', 'SLOT=MODEL, or SLOT=starter', choiceWord)
    .addOption(json())
    .action(async (choice: Choice, options) =>
      withLibrary(async (library) => (await import('./use')).useModel(library, choice, options)),
    )
}

export interface Choice {
  readonly slot: Slot
  readonly model: string
}

function choiceWord(word: string): Choice {
  const [slot = '', model = '', ...more] = word.split('=')
  if (model === '' || more.length > 0) throw new InvalidArgumentError(`"${word}" does not read SLOT=MODEL.`)
  return { slot: slotWord(slot), model }
}

function sha256Word(word: string): string {
  const hash = sha256Schema.safeParse(word.toLowerCase())
  if (!hash.success) throw new InvalidArgumentError(`"${word}" is no SHA-256: 64 hex digits.`)
  return hash.data
}
