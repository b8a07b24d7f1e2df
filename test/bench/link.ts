// npm run bench:link [BOARD] [BYTES]: so many bytes to a virtual board and as many back, every one compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { findBoard } from '../../main/boards/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { sourceByte } from '../../main/link/index.ts';
import { openQemuProbe, startFirmware } from '../../main/probes/index.ts';
import { handModel } from '../firmware/handModel.ts';

const board = findBoard(process.argv[2] ?? 'virtual-stm32f405');
const total = Number(process.argv[3] ?? 10_000_000);
const piece = 1 << 16;

const folder = mkdtempSync(join(tmpdir(), 'bench-link-'));
const image = await buildImage({ board, model: handModel(), outDir: folder });
const probe = await openQemuProbe(board);
const session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });
const rate = (since: number): string => `${Math.round(total / 1.024 / (performance.now() - since))} KiB/s`;
let wrong = 0;

const random = createRandom(1);
let started = performance.now();
let crc = 0;
let heard = { totalBytes: 0, crc: 0 };
for (let from = 0; from < total; from += piece) {
  const bytes = Uint8Array.from({ length: Math.min(piece, total - from) }, () => random.uint32());
  crc = crc32(bytes, crc);
  heard = await session.sink(bytes, from);
  process.stderr.write(`\rto the board: ${from + bytes.length} of ${total} bytes `);
}
if (heard.crc !== crc || heard.totalBytes !== total) wrong++;
console.log(
  `\nto the board: ${heard.totalBytes} bytes, CRC-32 ${heard.crc === crc ? 'equal' : 'DIFFERENT'}, ${rate(started)}`,
);

started = performance.now();
for (let from = 0; from < total; from += piece) {
  const bytes = await session.source(from, Math.min(piece, total - from));
  bytes.forEach((byte, at) => (wrong += byte === sourceByte(from + at) ? 0 : 1));
  process.stderr.write(`\rfrom the board: ${from + bytes.length} of ${total} bytes `);
}
console.log(`\nfrom the board: ${total} bytes, ${wrong} wrong, ${rate(started)}`);
const { resent, damaged } = session.report();
console.log(`frames sent again ${resent}, damaged here ${damaged}, on the board`, await session.counters());

await session.close();
await probe.close();
rmSync(folder, { recursive: true });
process.exitCode = wrong === 0 ? 0 : 1;
