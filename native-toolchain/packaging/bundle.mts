// Bundles the program into dist/main, for Electron to start from a checkout.
import { join } from 'node:path';
import { bundleApp, root } from './bundleApp.ts';

await bundleApp(join(root, 'dist', 'main'));
