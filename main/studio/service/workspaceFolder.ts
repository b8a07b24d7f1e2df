import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isWorkspace } from '../../store/index.ts';

/**
 * Where runs are kept when nobody says otherwise: `MCUNET_WORKSPACE`, or `workspace` in a checkout, or `MCUNet Studio` in
 * the user's home.
 */
export function defaultWorkspaceFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['MCUNET_WORKSPACE'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const fromCheckout = import.meta.url.endsWith('.ts');
  return fromCheckout ? join(import.meta.dirname, '../../../workspace') : join(homedir(), 'MCUNet Studio');
}

/** The workspace that a run belongs to: the one that it lies in, or the default one where its folder was named. */
export function workspaceOf(runFolder: string): string {
  const above = dirname(dirname(runFolder));
  return isWorkspace(above) && join(above, 'runs') === dirname(runFolder) ? above : defaultWorkspaceFolder();
}
