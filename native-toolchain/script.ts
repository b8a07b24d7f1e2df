import { toErrorReport } from '../main/contract/index.ts';

/** Runs a script of the repository: what goes wrong is told in one sentence with one remedy. */
export function runScript(main: () => Promise<void>): void {
  main().catch((thrown: unknown) => {
    const { code, message, remedy, details } = toErrorReport(thrown);
    console.error(`${message}\n${remedy} (${code})`);
    if (code === 'internal') console.error(details['stack']);
    process.exitCode = 1;
  });
}
