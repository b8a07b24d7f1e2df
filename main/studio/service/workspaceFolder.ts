import { homedir } from 'node:os';
import { join } from 'node:path';

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
