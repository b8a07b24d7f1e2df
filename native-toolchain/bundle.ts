// npm run toolchain:bundle [-- --from system|archives] [--platform P] [--mirror FOLDER_OR_ADDRESS] [--out FOLDER] [--record]
// Brings the tools that the package carries: fetched archives, or what this machine has installed, pruned and proved. --record
// packs them, too, and writes the sizes to docs/toolchain.md.
import { parseArgs } from 'node:util';
import { currentPlatform, PLATFORMS } from './manifest.ts';
import { recordSizes } from './recordSizes.ts';
import { runScript } from './script.ts';
import { sizeTable } from './stage.ts';
import { makeToolBundle } from './toolBundle.ts';

runScript(async () => {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: 'archives' },
      platform: { type: 'string' },
      mirror: { type: 'string' },
      out: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const platform = PLATFORMS.find((name) => name === (values.platform ?? currentPlatform()));
  if (platform === undefined) throw new Error(`--platform takes one of ${PLATFORMS.join(', ')}`);
  const from = values.from === 'system' ? 'system' : 'archives';
  const staged = await makeToolBundle({
    platform,
    from,
    mirror: values.mirror,
    ...(values.out === undefined ? {} : { folder: values.out }),
    say: console.error,
  });
  console.error(sizeTable(staged));
  if (values.record) await recordSizes(platform, from, staged);
});
