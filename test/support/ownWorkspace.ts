import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * Before each file of tests: its default workspace is a folder of its own. What was measured or run on this machine before,
 * by its user or by another test, changes no result, and no test leaves anything in the user's workspace.
 */
const folder = mkdtempSync(join(tmpdir(), 'mcunet-default-'));
process.env['MCUNET_WORKSPACE'] = join(folder, 'workspace');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
