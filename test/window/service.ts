import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ServedWindow {
  readonly process: ChildProcess;
  readonly url: string;
}

/** Starts the service and its page in a process of their own, as a desktop has it; whoever starts it ends it. */
export async function serveApart(workspace: string, pageFolder: string): Promise<ServedWindow> {
  const entry = join(import.meta.dirname, 'serveChild.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', entry, workspace, pageFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, url: line.toString().trim() };
}
