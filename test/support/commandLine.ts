import { Command, type Option } from 'commander';
import { addCommands } from '../../main/cli/commands/index.ts';

/** Every command of the program by its whole name, with its arguments and options as the help writes them. */
export function commandLine(): Record<string, string[]> {
  const program = new Command('mcunet');
  const console = { out: () => undefined, err: () => undefined, signal: new AbortController().signal };
  addCommands(program, { console, progress: { report: () => undefined } } as never, () => Promise.resolve());
  const walk = (command: Command, before: string): [string, string[]][] => {
    const name = `${before}${command.name()}`;
    if (command.commands.length > 0) return command.commands.flatMap((child) => walk(child, `${name} `));
    const given = command.registeredArguments.map((argument) =>
      argument.variadic ? `<${argument.name()}...>` : `<${argument.name()}>`,
    );
    return [[name, [...given, ...command.options.map((option: Option) => option.long ?? option.flags)]]];
  };
  return Object.fromEntries(program.commands.flatMap((command) => walk(command, '')));
}
