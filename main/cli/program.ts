import { Command, CommanderError } from 'commander';
import { StudioError } from '../contract/index.ts';
import { writeAnswer, writeFailure, type Answer } from './answer.ts';
import { addCommands } from './commands/index.ts';
import type { Console } from './console.ts';
import { ProgressLine } from './progressLine.ts';
import { studioVersion } from '../studio/index.ts';

/** Runs one command line to its end and says with which code to exit. Never throws. */
export async function runCommandLine(argv: readonly string[], console: Console): Promise<number> {
  // Read before the arguments are: an error in them is answered in the same form as any other.
  const json = argv.includes('--json');
  const progress = new ProgressLine(console);
  let exitCode = 0;
  const program = new Command('mcunet')
    .description('Trains, quantizes, compiles, flashes and measures neural networks for microcontrollers, offline.')
    .version(studioVersion(), '-V, --version')
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({ writeOut: console.out, writeErr: () => undefined });
  addCommands(program, { console, progress }, async (work: () => Promise<Answer>) => {
    const answer = await work();
    progress.clear();
    exitCode = writeAnswer(console, json, answer);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    progress.clear();
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      return writeFailure(console, json, misused(thrown, program, argv));
    }
    return writeFailure(console, json, thrown);
  }
}

function misused(error: CommanderError, program: Command, argv: readonly string[]): StudioError {
  const command = program.commands.find((candidate) => candidate.name() === argv[0]);
  const noCommand = argv.every((word) => word === '--json');
  return new StudioError({
    code: 'cli.usage',
    message: noCommand
      ? 'No command was given.'
      : `${capitalize(error.message.replace(/^error: /, '').replace(/\.?$/, '.'))}`,
    remedy: `See \`mcunet ${command === undefined ? '' : `${command.name()} `}--help\`.`,
    details: { arguments: argv },
  });
}

const capitalize = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
