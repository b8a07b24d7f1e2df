import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts the worker thread whose entry file `name` (without extension) stands beside the caller's module. From a
 * checkout the entry is TypeScript and is loaded through tsx; in a package it was bundled beside the caller's bundle.
 *
 * @param importMetaUrl the caller's `import.meta.url`
 */
export function startWorker(name: string, importMetaUrl: string, options: WorkerOptions = {}): Worker {
  const fromSource = new URL(importMetaUrl).pathname.endsWith('.ts');
  const entry = new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, importMetaUrl).href;
  return new Worker(
    fromSource ? new URL('./sourceWorker.mjs', import.meta.url) : new URL('./threadEntry.js', importMetaUrl),
    { ...options, argv: [entry, ...(options.argv ?? [])] },
  );
}
