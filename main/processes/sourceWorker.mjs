// Loads a TypeScript worker from a checkout: Node 20 does not run `--import tsx` inside worker threads.
import { register } from 'tsx/esm/api';

register();
await import('./threadEntry.ts');
