import { z } from 'zod';
import {
  agreementSchema,
  profileSchema,
  type Agreement,
  type LayerProfile,
  type Profile,
  type Protocol,
} from '../../contract/index.ts';
import { boardTimer, type Board, type BoardTime } from '../../boards/index.ts';
import { inputBytes, type Model } from '../../core/graph/index.ts';
import { createRandom } from '../../core/random/index.ts';
import type { BoardHello, ProfiledInvocation, Session } from '../../link/index.ts';
import { sha256 } from '../../store/index.ts';
import { InterpreterPool } from '../interpreter/index.ts';
import type { StepContext, Trip } from '../jobs/index.ts';
import { concatenate, type RawSample } from '../models/index.ts';
import { hardwareOf, startOnBoard } from './board.ts';
import type { Compilation } from './compileStep.ts';
import { flashImage } from './imageStep.ts';
import { repeatRuns } from './repeats.ts';
import type { Built } from './built.ts';
import { steps } from './stepTitles.ts';

const profiledSchema = z.object({ profile: profileSchema, agreement: agreementSchema });
export type Profiled = z.infer<typeof profiledSchema>;

const seed = 1;

/**
 * Flashes the image, runs the samples and reads latency, layer by layer, stack and outputs from the board. Each output is
 * compared with the reference interpreter's and kept as `output_K.bin`. Without samples, one of random values is run.
 * With a protocol the first sample is repeated as it says.
 */
export async function profileStep(
  trip: Trip,
  built: Built,
  samples: readonly RawSample[],
  protocol?: Protocol,
): Promise<Profiled> {
  const { board, compilation, image } = built;
  const { opened } = built.model;
  const inputs = samples.length > 0 ? samples.map((sample) => joinInputs(sample.inputs)) : [randomInput(opened.model)];
  const profiled = await trip.step({
    ...steps.profile,
    title: `Measuring on ${board.name}`,
    version: 2,
    input: {
      image: image.elf.sha256,
      board,
      inputs: inputs.map((input) => sha256(bytesOf(input))),
      protocol: protocol ?? null,
    },
    output: profiledSchema,
    run: async (context) => {
      const hardware = hardwareOf(trip.run.record.params);
      const flashed = flashImage(trip, board, image);
      const { operators } = compilation;
      const running = await startOnBoard(board, flashed, image.buildId, context, hardware, operators);
      const interpreter = new InterpreterPool({ bytes: opened.bytes, name: opened.model.name }, 1);
      try {
        const { session } = running;
        context.log(`${board.name} answers as build ${image.buildId}`);
        const answers = await runAll(session, inputs, context);
        const expected = await Promise.all(inputs.map((input) => interpreter.run(splitInputs(opened.model, input))));
        if (samples.length > 0) answers.forEach((output, at) => context.write(`output_${at}.bin`, bytesOf(output)));
        const [first] = inputs;
        if (first === undefined) throw new Error('there is no sample to profile with');
        return {
          profile: await measure(session, first, board, compilation, { invocations: inputs.length, protocol }, context),
          agreement: compare(answers, expected, samples),
        };
      } finally {
        await interpreter.close();
        await running.close();
      }
    },
  });
  const { latencyMs, instructions, estimated } = profiled.profile;
  trip.figures({ latencyMs, instructions, latencyEstimated: estimated });
  return profiled;
}

async function runAll(session: Session, inputs: readonly Int8Array[], context: StepContext): Promise<Int8Array[]> {
  const outputs: Int8Array[] = [];
  for (const [at, input] of inputs.entries()) {
    context.signal.throwIfAborted();
    outputs.push(await session.run(input));
    context.onProgress({ stage: 'running samples', done: at + 1, total: inputs.length, remainingMs: null });
  }
  return outputs;
}

/** Once without the marks' cost for the whole, once with them for each layer. */
async function measure(
  session: Session,
  input: Int8Array,
  board: Board,
  { operators }: Compilation,
  { invocations, protocol }: { invocations: number; protocol: Protocol | undefined },
  context: StepContext,
): Promise<Profile> {
  const hello = session.hello();
  const timeOf = boardTimer(board, hello.clockHz);
  context.onProgress({ stage: 'measuring layers', done: 0, total: 1, remainingMs: null });
  await session.load(input, context);
  const whole = await session.invoke();
  await session.load(input, context);
  const marked = await session.profile();
  context.onProgress({ stage: 'measuring layers', done: 1, total: 1, remainingMs: 0 });
  const statistics = protocol === undefined ? null : await repeatRuns(session, input, protocol, timeOf, context);
  const time = timeOf(whole.ticks);
  return {
    boardId: board.id,
    boardName: board.name,
    buildId: hello.buildId,
    clockHz: board.clockHz,
    estimated: time.estimated,
    method: methodOf(board, hello, time.estimated),
    invocations: invocations + 2 + (statistics === null ? 0 : statistics.warmup + statistics.repeats),
    instructions: time.instructions,
    cycles: time.cycles,
    latencyMs: statistics?.medianMs ?? time.ms,
    statistics,
    stackBytes: Math.max(whole.stackBytes, marked.stackBytes),
    arenaUsedBytes: (await session.stack()).arenaUsedBytes,
    layers: layersOf(marked, operators, timeOf),
  };
}

const methodOf = (board: Board, hello: BoardHello, estimated: boolean): string =>
  estimated
    ? `QEMU counted the instructions exactly; cycles and times are estimates from them, for ${board.clockHz / 1e6} MHz and memory that never waits.`
    : `The core counted its cycles (${hello.counter === 'dwt' ? 'DWT' : 'SysTick'}) at ${hello.clockHz / 1e6} MHz.`;

function layersOf(
  { operators: ticks }: ProfiledInvocation,
  operators: Compilation['operators'],
  timeOf: (ticks: number) => BoardTime,
): LayerProfile[] {
  return operators.map(({ name, kind, kernel, outputShape, macs, predictedCycles }, index) => {
    const counted = ticks[index];
    const time = counted === undefined ? null : timeOf(counted.ticks);
    return {
      index,
      name,
      kind,
      outputShape,
      macs,
      instructions: time?.instructions ?? null,
      cycles: time?.cycles ?? null,
      microseconds: time === null ? null : 1000 * time.ms,
      kernel: kernel === '' ? null : kernel,
      predictedCycles,
    };
  });
}

function compare(
  answers: readonly Int8Array[],
  expected: readonly Int8Array[],
  samples: readonly RawSample[],
): Agreement {
  const differing = answers.flatMap((answer, at) => {
    const other = expected[at];
    return other !== undefined && sameBytes(answer, other) ? [] : [samples[at]?.file ?? `sample ${at}`];
  });
  return { compared: answers.length, equal: answers.length - differing.length, differing: differing.slice(0, 20) };
}

export const sameBytes = (a: Int8Array, b: Int8Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

const bytesOf = (values: Int8Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.length);

const joinInputs = (inputs: readonly Int8Array[]): Int8Array => new Int8Array(concatenate(inputs).buffer);

/** One sample as one array for each of the model's inputs. */
export function splitInputs(model: Model, sample: Int8Array): Int8Array[] {
  let at = 0;
  return inputBytes(model).map((bytes) => sample.slice(at, (at += bytes)));
}

function randomInput(model: Model): Int8Array {
  const random = createRandom(seed);
  const bytes = inputBytes(model).reduce((sum, count) => sum + count, 0);
  return Int8Array.from({ length: bytes }, () => random.below(256) - 128);
}
