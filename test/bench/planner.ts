/**
 * `npm run bench:planner [networks a space]`: how many networks a second the planner judges, on the 108 published search
 * spaces (1,000 networks each where nothing else is said), for several boards' limits; and how much less memory the
 * architectures in ../shared/architectures take where columns are recomputed. Writes docs/planner.md.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArchitecture } from '../../main/core/architecture/index.ts';
import { planCost, planFits, skeletonOf, type PlanCost, type PlanCostOptions } from '../../main/core/engine/index.ts';
import { sampleGenotype, spaceGrid, toArchitecture } from '../../main/core/nas/index.ts';
import { createRandom } from '../../main/core/random/index.ts';

const count = Number(process.argv[2] ?? 1000);
const spaces = spaceGrid({ channels: 3 }, 1000);

const limits: readonly { readonly name: string; readonly options: PlanCostOptions }[] = [
  { name: '96 kB SRAM, 512 kB Flash', options: { core: 'm4', sramLimitBytes: 96_000, flashLimitBytes: 512_000 } },
  { name: '320 kB SRAM, 1 MB Flash', options: { core: 'm7', sramLimitBytes: 320_000, flashLimitBytes: 1_000_000 } },
  {
    name: '64 kB SRAM, 512 kB Flash, row-fed',
    options: { core: 'm4', input: 'row-fed', sramLimitBytes: 64_000, flashLimitBytes: 512_000 },
  },
];

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Networks drawn and judged in one CPU-second, and how many of them fit. */
function measure(judge: (architecture: ReturnType<typeof toArchitecture>) => boolean): {
  rate: number;
  fitting: number;
} {
  const random = createRandom(1);
  const start = cpuSeconds();
  let fitting = 0;
  for (const space of spaces) {
    for (let each = 0; each < count; each++) {
      if (judge(toArchitecture(space, sampleGenotype(space, random)))) fitting++;
    }
  }
  const networks = spaces.length * count;
  return { rate: networks / (cpuSeconds() - start), fitting: fitting / networks };
}

const text = (rate: number): string => Math.round(rate).toLocaleString('en');
const rows = limits.map(({ name, options }) => {
  // The first to be asked has to learn the kernels of all shapes; each set of limits is asked for its whole cost first.
  const cost = measure((architecture) => planCost(architecture, options).fits);
  const fits = measure((architecture) => planFits(architecture, options).fits);
  const row = `| ${name} | ${options.core} | ${text(cost.rate)} | ${text(fits.rate)} | ${(100 * cost.fitting).toFixed(1)} % |`;
  console.log(row);
  return row;
});

const kilo = (bytes: number): string => (bytes / 1000).toFixed(1);
const mega = (cycles: number): string => (cycles / 1e6).toFixed(1);

/** The smallest plan without and with recomputation: the limit is lowered by a hundredth until nothing fits. */
function recomputation(file: string, input: 'whole' | 'row-fed'): string | null {
  const model = skeletonOf(readArchitecture(JSON.parse(readFileSync(file, 'utf8'))));
  const without = planCost(model, { core: 'm4', input, plan: 'stream' });
  let best: PlanCost | null = null;
  for (let limit = without.sramBytes - 1; ; limit = Math.floor(0.99 * (best?.sramBytes ?? 0))) {
    const cost = planCost(model, { core: 'm4', input, plan: 'stream', sramLimitBytes: limit, recompute: true });
    if (!cost.fits) break;
    best = cost;
  }
  if (best === null) return null;
  const smaller = `${(100 * (1 - best.sramBytes / without.sramBytes)).toFixed(0)} %`;
  const macs = `${(100 * (best.macs / without.macs - 1)).toFixed(1)} %`;
  const cells = [kilo(without.sramBytes), kilo(best.sramBytes), smaller, macs];
  return [...cells, mega(without.estimatedCycles), mega(best.estimatedCycles)].join(' | ');
}

const folder = join(import.meta.dirname, '../../../shared/architectures');
const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
const recomputed = names
  .filter((file) => !file.includes('.layers.'))
  .flatMap((file) =>
    (['whole', 'row-fed'] as const).flatMap((input) => {
      const cells = recomputation(join(folder, file), input);
      const row = `| ${file.replace('.json', '')} | ${input} | ${cells ?? ''} |`;
      if (cells !== null) console.log(row);
      return cells === null ? [] : [row];
    }),
  );

if (count === 1000) {
  writeFileSync(
    join(import.meta.dirname, '../../docs/planner.md'),
    `# The planner, asked by the search

Made by \`npm run bench:planner\`. Networks of the 108 published search spaces (12 resolutions, 9 widths, ${text(count)} networks each,
1,000 classes), drawn and judged in one CPU-second of this machine. *Cost*: SRAM, Flash and cycles of the plan that would be
built (\`planCost\`). *Fits*: only whether there is one (\`planFits\`), asked after the costs, when the kernels of all shapes are known.

| limits | core | cost, networks/s | fits, networks/s | that fit |
|---|---|---|---|---|
${rows.join('\n')}

## Columns computed twice

Where no plan keeps to a limit of SRAM, blocks are done in column tiles, and columns around the borders between them are
computed for both. The smallest plan without and with that, for the published architectures that it makes smaller (for the others,
the first operators decide, which see the camera's rows once). The plan with tiles may be the faster one, as it can afford
faster kernels.

| network | input | smallest kB | with tiles kB | smaller by | more MACs | Mcycles, estimated | with tiles |
|---|---|---|---|---|---|---|---|
${recomputed.join('\n')}
`,
  );
}
