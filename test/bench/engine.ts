/**
 * `npm run bench:engine`: what the engine's C costs on Cortex-M4 and M7, for every model in ../shared/models and every
 * architecture in ../shared/architectures (random weights), beside what peers were measured to need; writes
 * docs/engine.md. Cycles are modelled by ../shared/tools/m4cycles; every output is compared byte for byte.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArchitecture } from '../../main/core/architecture/index.ts';
import { compileModel, type CompiledModel, type CompileOptions } from '../../main/core/engine/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { interpret, macsOf, type Model } from '../../main/core/graph/index.ts';
import { runProcess } from '../../main/processes/index.ts';
import { concatenated } from '../support/hostC.ts';
import { randomInputs8 } from '../support/randomModel.ts';
import { randomNetwork } from '../support/randomNetwork.ts';
import { operatorModels } from './engineOperators.ts';
import { goldenVectors, sharedModel, sharedModelNames } from '../support/sharedModels.ts';

const root = join(import.meta.dirname, '../..');
const shared = join(root, '../shared');
const tool = join(shared, 'tools/m4cycles/m4cycles');

interface Subject {
  readonly name: string;
  readonly model: Model;
  readonly input: Int8Array;
  readonly output: Int8Array;
}

interface Measured {
  readonly cycles: number;
  readonly stackBytes: number;
  readonly flashBytes: number;
  readonly sramBytes: number;
  readonly exact: boolean;
}

/** What others were measured to need, in Mcycles (Cortex-M4) and bytes of SRAM. */
const peers: Readonly<Record<string, string>> = {
  'mcunet-vww1': 'TinyEngine 44.9 M, 94.0 kB; CMSIS-NN 60.0 M, 219.7 kB',
  'mcunet-in3': 'TinyEngine 312.5 M, 266.3 kB; CMSIS-NN 490.5 M, 503.4 kB',
  'mlperf-vww-mobilenetv1': 'CMSIS-NN 30.5 M, 100.7 kB; ST on silicon 10.7 M',
  'mlperf-ic-resnet8': 'CMSIS-NN 36.7 M, 55.0 kB; ST on silicon 19.8 M',
  'mlperf-kws-dscnn': 'CMSIS-NN 9.51 M, 22.8 kB; ST on silicon 5.18 M',
  'mlperf-ad-autoencoder': 'CMSIS-NN 0.742 M, 2.6 kB; Plumerai on silicon 0.486 M',
};

/** MIT’s TinyEngine on an STM32H743: KiB of activations. */
const tinyEngineKiB: Readonly<Record<string, number>> = {
  'mcunet-vww0': 59,
  'mcunet-vww1': 92,
  'mcunet-vww2': 174,
  'mcunet-in0': 49,
  'mcunet-in1': 96,
  'mcunet-in2': 215,
  'mcunet-in3': 260,
  'mcunet-in4': 416,
};

const isWanted = (name: string, wanted: readonly string[]): boolean =>
  wanted.length === 0 || wanted.some((part) => name.includes(part));

function publishedModels(): Subject[] {
  return sharedModelNames.map((name) => {
    const [vector] = goldenVectors(name, 1);
    if (vector === undefined) throw new Error(`${name} has no golden vectors`);
    return { name, model: sharedModel(name), input: vector.input, output: vector.output };
  });
}

function randomNetworks(wanted: readonly string[]): Subject[] {
  const folder = join(shared, 'architectures');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.layers.json'));
  // The interpreter takes its time: only for what is asked for.
  return files
    .filter((file) => isWanted(file.replace('.json', ''), wanted))
    .map((file) => {
      const architecture = readArchitecture(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      const model = randomNetwork(architecture, 1);
      const input = randomInputs8(1, model);
      return {
        name: file.replace('.json', ''),
        model,
        input: concatenated(input),
        output: concatenated(interpret(model, input)),
      };
    });
}

/** Null where the model is larger than the Flash of the measuring tool's machine. */
async function measure(
  { model, input, output }: Subject,
  cpu: 'm4' | 'm7',
  options: Partial<CompileOptions> = {},
): Promise<Measured | null> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-bench-'));
  try {
    mkdirSync(join(folder, 'c'));
    for (const [name, text] of compileModel(model, { core: cpu, ...options }).files)
      writeFileSync(join(folder, 'c', name), text);
    writeFileSync(join(folder, 'in.bin'), input);
    writeFileSync(join(folder, 'out.bin'), output);
    const args = [join(folder, 'c'), join(folder, 'in.bin'), join(folder, 'out.bin')];
    const { stdout, stderr } = await runProcess(tool, args, { env: { CPU: cpu, CFLAGS: '-O3' }, timeoutMs: 900_000 });
    if (stderr.includes("will not fit in region `FLASH'")) return null;
    const figure = (name: string): number => {
      const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(stdout);
      if (found === null) throw new Error(`m4cycles says no ${name}: ${stdout} ${stderr}`);
      return Number(found[1]);
    };
    return {
      cycles: figure(cpu === 'm4' ? 'm4_cycles' : 'm7_cycles_crude'),
      stackBytes: figure('stack_bytes'),
      flashBytes: figure('flash_bytes'),
      sramBytes: figure('sram_bytes'),
      exact: stdout.includes('output exact'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mega = (cycles: number): string => (cycles / 1e6).toFixed(cycles < 1e7 ? 3 : 1);
const kilo = (bytes: number): string => (bytes / 1000).toFixed(1);

async function rowOf(subject: Subject): Promise<string> {
  const macs = subject.model.operators.reduce((sum, operator) => sum + macsOf(subject.model, operator), 0);
  const m4 = await measure(subject, 'm4');
  const m7 = await measure(subject, 'm7');
  const fed = await measure(subject, 'm4', { input: 'row-fed' });
  if (m4 === null || m7 === null || fed === null) {
    const [whole, byRows] = (['whole', 'row-fed'] as const).map((mode) =>
      compileModel(subject.model, { core: 'm4', input: mode }),
    );
    const planned = (compiled: CompiledModel | undefined): string => `${kilo(compiled?.sramBytes ?? 0)}, planned`;
    const flash = `${kilo(whole?.estimatedFlashBytes ?? 0)}, estimated`;
    return `| ${[subject.name, (macs / 1e6).toFixed(2), '', '', '', planned(whole), planned(byRows), '', flash, '', 'more than the 4 MB of Flash that the tool has'].join(' | ')} |`;
  }
  const exact = [m4, m7, fed].every((each) => each.exact) ? 'yes' : '**no**';
  const engine = tinyEngineKiB[subject.name];
  const beside = peers[subject.name] ?? (engine === undefined ? '' : `TinyEngine ${String(engine)} KiB`);
  const cells = [
    subject.name,
    (macs / 1e6).toFixed(2),
    mega(m4.cycles),
    (m4.cycles / macs).toFixed(2),
    mega(m7.cycles),
    `${kilo(m4.sramBytes)} + ${String(m4.stackBytes)} B`,
    `${kilo(fed.sramBytes)} + ${String(fed.stackBytes)} B`,
    `${((fed.cycles / m4.cycles - 1) * 100).toFixed(1)} %`,
    kilo(m4.flashBytes),
    exact,
    beside,
  ];
  return `| ${cells.join(' | ')} |`;
}

const heading = `| network | MMACs | M4 Mcycles | per MAC | M7 Mcycles, crude | SRAM kB + stack | row-fed | its cycles | Flash kB | exact | others |
|---|---|---|---|---|---|---|---|---|---|---|`;

async function tableOf(subjects: readonly Subject[], wanted: readonly string[]): Promise<string> {
  const rows: string[] = [];
  for (const subject of subjects) {
    if (!isWanted(subject.name, wanted)) continue;
    const row = await rowOf(subject);
    console.log(row);
    rows.push(row);
  }
  return `${heading}\n${rows.join('\n')}`;
}

const operatorHeading = `| operator | plain C, kcycles | DSP, kcycles | times |
|---|---|---|---|`;

/** The kernels with the DSP extension beside those in plain C, both compiled for the Cortex-M4. */
async function operatorTable(wanted: readonly string[]): Promise<string> {
  const rows: string[] = [];
  for (const [name, model] of operatorModels) {
    if (!isWanted(`operator ${name}`, wanted)) continue;
    const inputs = randomInputs8(1, model);
    const subject = { name, model, input: concatenated(inputs), output: concatenated(interpret(model, inputs)) };
    const plain = await measure(subject, 'm4', { core: 'm3' });
    const fast = await measure(subject, 'm4');
    if (plain?.exact !== true || fast?.exact !== true) throw new Error(`${name}: wrong outputs`);
    const kilocycles = ({ cycles }: Measured): string => (cycles / 1000).toFixed(1);
    const row = `| ${[name, kilocycles(plain), kilocycles(fast), (plain.cycles / fast.cycles).toFixed(1)].join(' | ')} |`;
    console.log(row);
    rows.push(row);
  }
  return `${operatorHeading}\n${rows.join('\n')}`;
}

/** What a limit of Flash does: the fast kernels, the usual ones, the smallest. */
async function flashTable(subjects: readonly Subject[], wanted: readonly string[]): Promise<string> {
  const rows: string[] = [];
  for (const subject of subjects) {
    if (!isWanted(`flash ${subject.name}`, wanted)) continue;
    const usual = compileModel(subject.model, { core: 'm4' }).estimatedFlashBytes;
    const limits = [undefined, 4 * usual, Math.round(0.97 * usual)];
    const figures: string[] = [];
    for (const flashLimitBytes of limits) {
      const measured = await measureWithin(subject, flashLimitBytes);
      figures.push(measured === null ? 'does not fit' : `${kilo(measured.flashBytes)} kB, ${mega(measured.cycles)} M`);
    }
    const row = `| ${[subject.name, ...figures].join(' | ')} |`;
    console.log(row);
    rows.push(row);
  }
  return `| network | no limit | a loose one | 3 % less than without one |\n|---|---|---|---|\n${rows.join('\n')}`;
}

/** Null where it does not fit. */
async function measureWithin(subject: Subject, flashLimitBytes?: number): Promise<Measured | null> {
  try {
    return await measure(subject, 'm4', { flashLimitBytes });
  } catch (error) {
    if (error instanceof StudioError && error.code === 'engine.does-not-fit') return null;
    throw error;
  }
}

async function main(): Promise<void> {
  if (!existsSync(tool)) {
    console.log('bench:engine needs ../shared/tools/m4cycles beside the checkout; nothing was measured.');
    return;
  }
  const wanted = process.argv.slice(2);
  console.log(heading);
  const models = publishedModels();
  const published = await tableOf(models, wanted);
  const operators = await operatorTable(wanted);
  const flash = await flashTable(models, wanted);
  const random = await tableOf(randomNetworks(wanted), wanted);
  if (wanted.length > 0) return;
  writeFileSync(join(root, 'docs/engine.md'), page({ published, operators, flash, random }));
}

interface Tables {
  readonly published: string;
  readonly operators: string;
  readonly flash: string;
  readonly random: string;
}

function page({ published, operators, flash, random }: Tables): string {
  return `# TinyEngine, measured

Made by \`npm run bench:engine\`. Modelled cycles of the exported C (\`../shared/tools/m4cycles\`: Cortex-M4, zero-wait-state
memory, \`-O3\`; the M7 column is that tool's crude estimate for a Cortex-M7 build). SRAM is all static memory of the generated
objects, the input included; the stack comes on top of it. *Row-fed*: the input arrives row by row; *its cycles*: against the
whole image in memory. *Exact*: the output equals the reference in every byte. Others are quoted from what was measured with
the same tool, or on silicon (latency × clock) where it says so.

## Published models

${published}

## Published architectures, random weights

${random}

TinyEngine's figures in this table are its activations on an STM32H743, as its authors measured them.

## Flash against cycles

Some kernels are there twice, smaller or faster: a 1×1 convolution with its own copy of the loops or with the one that all
layers share (6 cycles a block); depthwise weights as packed bytes or widened to int16 in the pairs that the products take.
With a limit of Flash (a board's, for instance) the fastest kernels are taken that fit; without one a kernel must bring one
percent fewer cycles for each percent of Flash that it takes more.

${flash}

What the cycle model leaves out: Flash with wait states, prefetch buffers and caches. They favour weights that are read in
sequence and loops that stay in a small cache, so this was chosen whatever the model says: each kernel reads its weights
strictly in the order in which they lie; inner loops are at most 24 steps (1.3 kB of code), the shared 1×1 loop 16 steps
(0.9 kB, below the 1 kB instruction cache of an STM32F4); weights stay bytes unless there is Flash to spare, as a byte that is
not read costs no wait state; one pair of pixels is done with all weights before the next, since the pixels, not the
weights, are in SRAM. A word at an odd address (packed depthwise weights) is priced 1 to 2 cycles more by the model; on a part
with slow Flash it may be two fetches, which the neighbouring word then needs no more.

## Operators beyond the published models

Kernels with the DSP extension beside plain C, both on the Cortex-M4; outputs exact.

${operators}
`;
}

await main();
