import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as electron from 'electron';
import { startApplication } from './application.ts';

// Everything that the app opens lies beside this bundle: dist/main and dist/renderer.
const here = dirname(fileURLToPath(import.meta.url));

startApplication(electron, {
  pageFolder: join(here, '..', 'renderer'),
  preload: join(here, 'preload.cjs'),
  serviceEntry: join(here, 'serviceProcess.js'),
  workspace: process.env['MCUNET_WORKSPACE'] ?? join(homedir(), 'MCUNet Studio'),
  argv: process.argv.slice(1),
}).catch((error: unknown) => {
  electron.dialog.showErrorBox('MCUNet Studio', `The app could not start: ${String(error)}`);
  electron.app.exit(1);
});
