/**
 * `npm run bench:boards [-- BOARD … --dataset SPEC --minutes N --latency MS --out FOLDER --table]`: one supernet,
 * specialised for several boards; writes docs/search-boards.md (`--table`: from the folder of a finished run). Minutes are computing time of two cores (docs/search.md). Stopped and started
 * again with the same folder it goes on.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportSchema, type Specialised } from '../../main/contract/index.ts';
import { findBoard } from '../../main/boards/index.ts';
import { readArchitecture } from '../../main/core/architecture/index.ts';
import { doJob, format, runJob } from '../../main/studio/index.ts';
import { clockAt, CORES } from './search/yardstick.ts';
import { int8OnTest } from './search/int8.ts';

const root = join(import.meta.dirname, '../..');
const cifar = join(root, '../shared/data/cifar10-jpg.zip');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dataset: { type: 'string', default: existsSync(cifar) ? cifar : 'generated:road-signs?size=48' },
    minutes: { type: 'string', default: '36' },
    // What a small network takes on the slowest of the boards: so the boards differ in what they can have.
    latency: { type: 'string', default: '20' },
    out: { type: 'string', default: join(root, 'workspace/bench-boards') },
    table: { type: 'boolean', default: false },
  },
});
/** From 96 KiB of SRAM to 1 MiB, and from 84 MHz to 480: each at least half as fast again as the one before. */
const boards =
  positionals.length > 0 ? positionals : ['nucleo-f401re', 'nrf5340-dk', 'nucleo-f767zi', 'nucleo-h743zi2'];

const sramOf = (id: string): number =>
  findBoard(id).memory.reduce((sum, { kind, sizeBytes }) => sum + (kind === 'ram' ? sizeBytes : 0), 0);

/** The int8 model of a board's network on all test samples: a search itself looks at the first two thousand. */
async function onAllOf({ folder: part }: Specialised, folder: string): Promise<number> {
  const file = (name: string): string => join(folder, part ?? '', name);
  const { input } = readArchitecture(JSON.parse(readFileSync(file('architecture.json'), 'utf8')));
  return (await int8OnTest(file('quantized.tflite'), values.dataset, input)).accuracy;
}

function rowOf(line: Specialised, accuracy: number): string {
  const { clockHz } = findBoard(line.boardId);
  return `| ${[
    line.boardName,
    `${String(clockHz / 1e6)} MHz`,
    format.bytes(sramOf(line.boardId)),
    format.percent(accuracy, 2),
    format.large(line.macs),
    format.bytes(line.sramBytes),
    format.bytes(line.flashBytes),
    format.milliseconds(line.promised.latencyMs),
    line.latency.kind,
    line.why?.code === 'of-another-board' ? line.why.board : 'this one',
  ].join(' | ')} |`;
}

const [boardId = '', ...moreBoards] = boards.toSorted((a, b) => sramOf(a) - sramOf(b));
async function searched(): Promise<string> {
  const { folder } = await runJob(
    doJob,
    {
      kind: 'search',
      dataset: values.dataset,
      boardId,
      moreBoards,
      minutes: Number(values.minutes),
      latencyMs: Number(values.latency),
      seed: 1,
      workers: CORES,
    },
    {
      clock: clockAt(1),
      out: values.out,
      signal: new AbortController().signal,
      onEvent: (event) => {
        if (event.type === 'log') console.log(event.line.message);
      },
    },
  );
  return folder;
}
const folder = values.table ? values.out : await searched();
const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
const { search } = report;
if (search === null) throw new Error('the report says nothing of the search');
const accuracies: number[] = [];
for (const line of search.boards) accuracies.push(await onAllOf(line, folder));
const steps = accuracies.slice(1).map((accuracy, i) => accuracy - accuracies[i]);
const rises = steps.filter((step) => step > 0).length;
const falls = steps.filter((step) => step < 0).length;
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const whatSteps =
  rises === steps.length
    ? 'With each board accuracy rises.'
    : `From a board to the next accuracy rises ${times(rises)}, ${falls === 0 ? 'and never falls' : `and falls ${times(falls)}`}; it stays where two boards have the same network.`;
const page = `# One supernet, several boards

Made by \`npm run bench:boards\`: ${basename(values.dataset)}, ${values.minutes} minutes of two cores in all, at most ${values.latency} ms on each board; space ${search.chosenSpace},
${String(search.supernetSteps)} steps of the supernet. Each board's network is found by evolution under that board's limits; all are trained
for about as many passes; a board takes the network of another, where that keeps its limits and came out of training better. Accuracy is the int8 model's on all test samples, by the reference interpreter,
which boards equal in every byte. Flash is the linked image, latency what the search promised.

| board | clock | SRAM | accuracy, int8 | MACs | SRAM used | Flash used | latency | latency is | found for |
|---|---|---|---|---|---|---|---|---|---|
${search.boards.map((line, i) => rowOf(line, accuracies[i])).join('\n')}

${whatSteps}
`;
console.log(page);
writeFileSync(join(root, 'docs/search-boards.md'), page);
process.exit(0);
