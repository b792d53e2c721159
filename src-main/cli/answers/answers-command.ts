/** The commands of the kept answers: what models have said before, so that a second backtest asks none of them. */
import { type Command, Option } from 'commander'
import type { Places } from '../../engine/places'

export function addAnswersCommands(answers: Command, places: Places, end: (code: number) => void): void {
  const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)
  answers.description("models' answers that are kept, so that no backtest asks the same twice")

  answers
    .command('clear')
    .description('forget them all; models are asked anew, and the journal stays as it is')
    .addOption(json())
    .action(async (options) => end((await import('./clear')).clearAnswers(places, options)))
}
