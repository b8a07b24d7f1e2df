import { once } from 'node:events';
import { pageFolder } from '../../processes/index.ts';
import { startServer } from '../../server/index.ts';
import { defaultWorkspaceFolder, Studio } from '../../studio/index.ts';
import { naturalNumber } from '../numbers.ts';
import { withJson, type AddCommand } from './command.ts';

interface ServeOptions {
  readonly port: number;
  readonly workspace?: string;
  readonly json?: boolean;
}

export const addServe: AddCommand = (program, { console, progress }, finish) => {
  withJson(program.command('serve'))
    .description('the app’s window in a browser on this machine')
    .option('--port <number>', 'a port of this machine; 0 takes any that is free', naturalNumber, 0)
    .option('--workspace <folder>', 'where runs are kept')
    .action(({ port, workspace, json }: ServeOptions) =>
      finish(async () => {
        const studio = new Studio(workspace ?? defaultWorkspaceFolder());
        try {
          const server = await startServer({ handlers: studio.handlers, pageFolder, port });
          const { url } = server;
          // Told at once, before the command ends: whoever started it wants to open it now.
          if (json === true) console.out(`${JSON.stringify({ url, port: server.port })}\n`);
          else console.out(`MCUNet Studio: ${url}\n`);
          progress.say('Ctrl-C ends it. Only this machine can reach it, and only with this address.');
          if (!console.signal.aborted) await once(console.signal, 'abort');
          await server.close();
        } finally {
          await studio.close();
        }
        return { json: null, text: '', silent: true };
      }),
    );
};
