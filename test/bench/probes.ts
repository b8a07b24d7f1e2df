/**
 * `npm run bench:probes [cycles]`: how fast 200 kB are flashed and verified through each driver against the virtual probe, and a
 * thousand plug, unplug, flash and kill cycles with random timing. Ends with 1 where a bound is not kept. A whole run writes what it
 * found into docs/hardware-verified.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard } from '../../main/boards/index.ts';
import type { BenchMaker } from '../probes/contract.ts';
import { patternImage } from '../probes/contract.ts';
import { openocdBench, stlinkBench } from '../probes/benches.ts';
import { stress } from '../probes/stress.ts';
import { programOnPath } from '../support/programs.ts';

const cycles = Number(process.argv[2] ?? 1000);
const imageSize = 200_000;
const hardware = [
  { boardId: 'nucleo-f401re', chip: 'stm32f401' },
  { boardId: 'nucleo-f746zg', chip: 'stm32f746' },
  { boardId: 'nucleo-l476rg', chip: 'stm32l476' },
  { boardId: 'nucleo-g474re', chip: 'stm32g474' },
  { boardId: 'nucleo-h743zi', chip: 'stm32h743' },
] as const;
let failed = false;
const rows: string[] = [];

async function flashTime(maker: BenchMaker, boardId: string): Promise<number> {
  const bench = await maker.make();
  const start = findBoard(boardId).memory.find((region) => region.kind === 'flash')?.start ?? 0;
  const before = performance.now();
  await bench.probe.flash(patternImage(start, imageSize));
  const seconds = (performance.now() - before) / 1000;
  await bench.close();
  return seconds;
}

for (const { boardId, chip } of hardware) {
  const own = await flashTime(stlinkBench({ boardId, chip }, []), boardId);
  const openocd = programOnPath('openocd') ? await flashTime(openocdBench({ boardId, chip }, []), boardId) : null;
  const kept = own < 3 && (openocd ?? 0) < 5;
  failed ||= !kept;
  rows.push(`| ${chip} | ${own.toFixed(2)} s | ${openocd === null ? '–' : `${openocd.toFixed(2)} s`} |`);
  console.log(
    `${chip.padEnd(10)} 200 kB: own driver ${own.toFixed(2)} s (bound 3 s), OpenOCD ${openocd?.toFixed(2) ?? '-'} s (bound 5 s)`,
  );
}

const started = performance.now();
const openocdEvery = programOnPath('openocd') ? 10 : 0;
const result = await stress({
  cycles,
  seed: 20261122,
  openocdEvery,
  onCycle: (cycle) => {
    if (cycle % 100 === 0) process.stderr.write(`cycle ${cycle}\n`);
  },
});
console.log(`${cycles} cycles in ${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(JSON.stringify(result, null, 2));
const { wrongSuccesses, hangs, failedRecoveries, openHandles, strayProcesses, strange } = result;
failed ||= wrongSuccesses + hangs + failedRecoveries + openHandles + strayProcesses + strange.length > 0;
process.exitCode = failed ? 1 : 0;

if (cycles >= 1000) {
  const outcomes = Object.entries(result.outcomes).map(([code, times]) => `${code} ${times}`);
  const text = `| chip | own driver | OpenOCD |
|---|---|---|
${rows.join('\n')}

${cycles} cycles: ${outcomes.sort().join(', ')}. Hangs ${hangs}, stray processes ${strayProcesses}, wrong successes ${wrongSuccesses},
unexplained or general errors ${strange.length}, failed recoveries ${failedRecoveries} of ${result.recoveries}, open handles ${openHandles}.`;
  const file = join(import.meta.dirname, '../../docs/hardware-verified.md');
  const marked = /(<!-- bench:probes -->\n)[^]*?(\n<!-- \/bench:probes -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(marked, (_, before: string, after: string) => before + text + after),
  );
}
