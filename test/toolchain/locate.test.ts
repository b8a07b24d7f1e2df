import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locateTool, otherTools, surveyTools } from '../../main/toolchain/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** A program that says a version. */
function fakeTool(path: string, version: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "tool version ${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform === 'win32')('where a tool is looked for', () => {
  it('first where the user says, then in the app, then where it was staged, then on PATH', async () => {
    const folder = temporaryFolder();
    const bundle = join(folder, 'bundle');
    const staged = join(folder, 'staged');
    const onPath = dirname(fakeTool(join(folder, 'bin', 'openocd'), '4.0'));
    const search = { bundle, staged, env: { PATH: onPath } };
    expect(await locateTool('openocd', search)).toMatchObject({ version: '4.0', origin: 'path' });
    fakeTool(join(staged, 'debian', 'usr', 'bin', 'openocd'), '3.0');
    expect(await locateTool('openocd', search)).toMatchObject({ version: '3.0', origin: 'staged' });
    fakeTool(join(bundle, 'xpack', 'bin', 'openocd'), '2.0');
    expect(await locateTool('openocd', search)).toMatchObject({ version: '2.0', origin: 'bundled' });
    const chosen = fakeTool(join(folder, 'mine'), '1.0');
    const overridden = { ...search, overrides: { openocd: chosen } };
    expect(await locateTool('openocd', overridden)).toMatchObject({ version: '1.0', origin: 'chosen', path: chosen });
  });

  it('knows the others that are there, with their versions, in the order in which they would be taken', async () => {
    const folder = temporaryFolder();
    const bundle = join(folder, 'bundle');
    fakeTool(join(bundle, 'xpack', 'bin', 'openocd'), '2.0');
    const search = { bundle, staged: null, env: { PATH: dirname(fakeTool(join(folder, 'bin', 'openocd'), '4.0')) } };
    const used = await locateTool('openocd', search);
    const others = (await otherTools(used, search)).filter(({ path }) => path.startsWith(folder));
    expect([used, ...others]).toMatchObject([
      { version: '2.0', origin: 'bundled' },
      { version: '4.0', origin: 'path' },
    ]);
  });

  it('and in the system’s usual places at last, whatever the PATH says', async () => {
    const usual = dirname(fakeTool(join(temporaryFolder(), 'bin', 'openocd'), '5.0'));
    const search = { bundle: null, staged: null, env: { PATH: temporaryFolder() }, usual: [usual] };
    expect(await locateTool('openocd', search)).toMatchObject({ version: '5.0', origin: 'system' });
  });

  it('says what is missing, what it is for, and what to do', async () => {
    const search = { bundle: null, staged: null, env: { PATH: temporaryFolder() }, usual: [] };
    await expect(locateTool('arm-gcc', search)).rejects.toMatchObject({
      code: 'toolchain.missing',
      message: 'arm-none-eabi-gcc with newlib, which compiles firmware, was not found.',
      remedy: expect.stringContaining('native-toolchain/setup.mjs') as string,
    });
  });

  it('says that a tool is broken when it does not run', async () => {
    const path = join(temporaryFolder(), 'qemu-system-arm');
    writeFileSync(path, '#!/bin/sh\necho "cannot load a library" >&2\nexit 127\n');
    chmodSync(path, 0o755);
    await expect(locateTool('qemu', { overrides: { qemu: path } })).rejects.toMatchObject({
      code: 'toolchain.broken',
      message: `${path} does not run: cannot load a library.`,
    });
  });

  it('surveys them all', async () => {
    const survey = await surveyTools();
    expect(survey.map(({ name }) => name)).toContain('arm-gcc');
    for (const { found, problem } of survey) expect((found === null) !== (problem === null)).toBe(true);
  });
});
