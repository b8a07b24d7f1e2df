import { processConsole } from './console.ts';
import { runCommandLine } from './program.ts';

/** How long a stopped command may take to leave everything in order before a second Ctrl-C ends it at once. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(130);
    process.stderr.write('\nstopping: once more ends it at once\n');
    stopping.abort();
  });
// `mcunet … | head` closes our output early: that is the reader's right.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), processConsole(stopping.signal));
