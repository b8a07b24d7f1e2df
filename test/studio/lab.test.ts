import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudioError, type LabMatrix, type LabSession, type Preflight } from '../../main/contract/index.ts';
import { findBoard } from '../../main/boards/index.ts';
import { Workspace } from '../../main/store/index.ts';
import { calibrationKey, keepCalibration } from '../../main/studio/calibration/index.ts';
import { Trip } from '../../main/studio/jobs/index.ts';
import { benchSession, cellsOf, preflight, readMatrix, sessionAt, type DoCell } from '../../main/studio/lab/index.ts';
import { summarizeTimes } from '../../main/studio/pipeline/repeats.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { reportFixture } from './reportFixture.ts';

/** Two models on two boards, in a workspace of its own, with the work of the cells left to the test. */
function lab(change: (folder: string) => Partial<LabMatrix> = () => ({})) {
  const folder = temporaryFolder();
  const matrix: LabMatrix = {
    format: 1,
    models: [tinyClassifier(folder, 'a.tflite'), tinyClassifier(folder, 'b.tflite', { features: 8 })],
    boards: [{ id: 'virtual-stm32f405' }, { id: 'nucleo-f446re' }],
    ...change(folder),
  };
  const workspace = Workspace.open(join(folder, 'workspace'));
  const created = workspace.createRun({ kind: 'bench', title: 'Lab', params: { kind: 'bench', matrix } });
  const { folder: sessionFolder } = created;
  created.close();
  workspace.close();
  const done: string[] = [];
  /** One sitting: until it ends, fails or is stopped. */
  const sit = async (
    doCell: (cell: string) => void = () => undefined,
    { connected = false, signal = new AbortController().signal, look = fitsEverywhere } = {},
  ): Promise<LabSession> => {
    const work: DoCell = (params, trip) =>
      trip.go([], async () => {
        const cell = `${params.model.includes('a.tflite') ? 'a' : 'b'} on ${params.boardId}`;
        doCell(cell);
        done.push(cell);
        return reportFixture();
      });
    const again = Workspace.open(join(folder, 'workspace'));
    const run = again.openRun(created.record.id);
    try {
      const trip = new Trip(run, signal, () => undefined);
      const world = { isConnected: async () => connected, preflight: look };
      await benchSession({ kind: 'bench', matrix }, trip, work, world).catch((error: unknown) => {
        if (!(error instanceof StudioError)) throw error;
      });
      return sessionAt(sessionFolder);
    } finally {
      run.close();
      again.close();
    }
  };
  return { folder, matrix, sit, done, sessionFolder };
}

/** A pre-flight that takes no time. */
const fitsEverywhere: typeof preflight = async (matrix) =>
  cellsOf(matrix).map((): Preflight => ({
    fits: true,
    sramBytes: 1000,
    sramLimitBytes: 2000,
    flashBytes: 1000,
    flashLimitBytes: 2000,
    latencyMs: 1,
    latencyFrom: 'estimated',
    macs: 1,
    error: null,
  }));

const states = ({ cells }: LabSession): string[] => cells.map(({ state }) => state);
const unplugged = new StudioError({ code: 'probe.silent', message: 'No probe answers.', remedy: 'Plug it in.' });

describe('a lab session', () => {
  it('does every cell once, and goes on after it was stopped with those that are left', async () => {
    const { sit, done } = lab();
    const stop = new AbortController();
    const stopped = await sit((cell) => cell === 'a on nucleo-f446re' && stop.abort(), { signal: stop.signal });
    expect(stopped).toMatchObject({ state: 'cancelled' });
    expect(states(stopped)).toEqual(['done', 'cancelled', 'cancelled', 'cancelled']);

    done.splice(0);
    const finished = await sit();
    expect(finished).toMatchObject({ state: 'done' });
    expect(states(finished)).toEqual(['done', 'done', 'done', 'done']);
    expect(done).toEqual(['a on nucleo-f446re', 'b on virtual-stm32f405', 'b on nucleo-f446re']);
  });

  it('parks the cells of a board that was lost, and goes on with those of the others', async () => {
    const { sit, done } = lab();
    const lost = await sit((cell) => {
      if (cell.endsWith('nucleo-f446re')) throw unplugged;
    });
    expect(states(lost)).toEqual(['done', 'parked', 'done', 'parked']);
    expect(lost.cells.map(({ error }) => error?.code ?? null)).toEqual([null, 'probe.silent', null, 'probe.silent']);
    expect(done).toEqual(['a on virtual-stm32f405', 'b on virtual-stm32f405']);

    done.splice(0);
    expect(states(await sit())).toEqual(['done', 'done', 'done', 'done']);
    expect(done).toEqual(['a on nucleo-f446re', 'b on nucleo-f446re']);
  });

  it('tries a lost board once more when the others are done, if it is there again', async () => {
    const { sit } = lab();
    let tries = 0;
    const session = await sit(
      (cell) => {
        if (cell === 'a on nucleo-f446re' && tries++ === 0) throw unplugged;
      },
      { connected: true },
    );
    expect(states(session)).toEqual(['done', 'done', 'done', 'done']);
    expect(tries).toBe(2);
  });

  it('does not let one cell’s own fault hold up the board’s other cells, and names it at the end', async () => {
    const { sit } = lab();
    const session = await sit((cell) => {
      if (cell === 'a on nucleo-f446re')
        throw new StudioError({ code: 'link.fault', message: 'The firmware stopped.', remedy: 'Look.' });
    });
    expect(states(session)).toEqual(['done', 'failed', 'done', 'done']);
    expect(session).toMatchObject({ state: 'failed' });
  });

  it('means the same models to its end, whatever happens to their files meanwhile', async () => {
    const { sit, matrix } = lab();
    const stop = new AbortController();
    await sit(() => stop.abort(), { signal: stop.signal });
    for (const model of matrix.models) rmSync(model);
    expect(states(await sit())).toEqual(['done', 'done', 'done', 'done']);
  });

  it('leaves out what does not fit, and says so before anything is built', async () => {
    const { sit, done, matrix } = lab((folder) => ({
      models: [tinyClassifier(folder, 'wide.tflite', { features: 20_000 })],
    }));
    const [virtual, nucleo] = await preflight(matrix);
    expect([virtual?.fits, nucleo?.fits]).toEqual([false, false]);
    expect(virtual?.error?.code).toBe('model.does-not-fit');
    const session = await sit(undefined, { look: preflight });
    expect(states(session)).toEqual(['unfit', 'unfit']);
    expect([session.state, done]).toEqual(['done', []]);
  });

  it('leaves its table as JSON, CSV, Markdown and HTML beside its record', async () => {
    const { sit, sessionFolder } = lab();
    await sit();
    const read = (file: string): string => readFileSync(join(sessionFolder, file), 'utf8');
    expect((JSON.parse(read('session.json')) as LabSession).cells).toHaveLength(4);
    expect(read('session.csv').trimEnd().split('\r\n')).toHaveLength(5);
    expect(read('session.csv')).toMatch(
      /^model,board,option,state,predictedLatencyMs,predictedFrom,latencyMs,estimated,/,
    );
    expect(read('session.md')).toContain('| a | virtual-stm32f405 | auto -O3 | done |');
    expect(read('session.html')).not.toMatch(/<script/i);
  });
});

describe('a matrix', () => {
  it('names its cells model by model, option by option, board by board', () => {
    const cells = cellsOf({
      format: 1,
      models: ['/m/a.tflite', '/m/b.onnx'],
      boards: [{ id: 'x' }, { id: 'y' }],
      options: [{}, { plan: 'stream' }],
    });
    expect(cells.map(({ index, model, option, board }) => [index, model, option.plan ?? 'auto', board.id])).toEqual([
      [0, 'a', 'auto', 'x'],
      [1, 'a', 'auto', 'y'],
      [2, 'a', 'stream', 'x'],
      [3, 'a', 'stream', 'y'],
      [4, 'b', 'auto', 'x'],
      [5, 'b', 'auto', 'y'],
      [6, 'b', 'stream', 'x'],
      [7, 'b', 'stream', 'y'],
    ]);
  });

  it('is read from a file, with paths relative to it and boards by their ids', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'MATRIX.json');
    writeFileSync(file, JSON.stringify({ format: 1, models: ['sub/ä.tflite'], boards: ['x', { id: 'y', port: 'p' }] }));
    expect(readMatrix(file)).toEqual({
      format: 1,
      models: [join(folder, 'sub', 'ä.tflite')],
      boards: [{ id: 'x' }, { id: 'y', port: 'p' }],
    });
  });

  it.each([
    ['is not there', null, 'lab.no-matrix'],
    ['is no JSON', '{', 'lab.bad-matrix'],
    ['is no object', '[1]', 'lab.bad-matrix'],
    ['has no models', '{"format":1,"models":[],"boards":["x"]}', 'lab.bad-matrix'],
    ['has a field that is not known', '{"format":1,"models":["a"],"boards":["x"],"flags":1}', 'lab.bad-matrix'],
    [
      'has too many cells',
      JSON.stringify({ format: 1, models: Array(30).fill('a'), boards: Array(30).fill('x') }),
      'lab.bad-matrix',
    ],
  ])('that %s is refused by name', (_what, text, code) => {
    const file = join(temporaryFolder(), 'MATRIX.json');
    if (text !== null) writeFileSync(file, text);
    expect(() => readMatrix(file)).toThrowError(expect.objectContaining({ code }));
  });

  it('has an estimate for each cell that fits, the same for options that differ in the compiler’s zeal alone', async () => {
    const { matrix } = lab(() => ({ options: [{ optimization: '-O3' }, { optimization: '-Os' }, { plan: 'stream' }] }));
    const looks = await preflight(matrix);
    expect(looks).toHaveLength(12);
    expect(looks.every(({ fits, sramBytes, latencyMs }) => fits && sramBytes !== null && latencyMs !== null)).toBe(
      true,
    );
    expect(looks[0]).toEqual(looks[2]);
    expect(looks.every(({ latencyFrom }) => latencyFrom === 'estimated')).toBe(true);
  });

  it.skipIf(!programOnPath('arm-none-eabi-gcc'))(
    'goes by a board’s own table of kernels where there is one, and says so',
    async () => {
      const { folder, matrix } = lab();
      const workspace = join(folder, 'workspace');
      const board = findBoard('virtual-stm32f405');
      const before = await preflight(matrix);
      // Every kernel at twice its estimate, as a board with slow memory would show.
      const points = [{ kernel: 'conv1x1_any', estimate: 1000, steps: 1, constantBytes: 1, cycles: 2000 }];
      const calibration = {
        ...{
          format: 1 as const,
          boardId: board.id,
          key: await calibrationKey(board),
          measuredAt: 0,
          seconds: 60,
          images: 1,
        },
        ...{ complete: true, estimated: true, worstError: null, table: { points, cyclesPerStep: 100 } },
      };
      keepCalibration(calibration, workspace);
      const after = await preflight(matrix, { workspace });
      cellsOf(matrix).forEach((cell, i) => {
        const isIt = cell.board.id === board.id;
        expect(after[i].latencyFrom).toBe(isIt ? 'counted' : 'estimated');
        if (isIt) expect(after[i].latencyMs).toBeGreaterThan(1.2 * (before[i].latencyMs ?? 0));
        else expect(after[i]).toEqual(before[i]);
      });
    },
  );
});

describe('the statistics of repeated runs', () => {
  it('are those of a worked example', () => {
    // Mean 5, deviations −3 … 4: squares sum to 32, so s² = 32 / 7; t(7; 0.975) = 2.365.
    const times = [2, 4, 4, 4, 5, 5, 7, 9];
    const { repeats, meanMs, medianMs, p95Ms, minMs, maxMs, stdevMs, confidenceMs } = summarizeTimes(times);
    expect([repeats, meanMs, medianMs, p95Ms, minMs, maxMs]).toEqual([8, 5, 4.5, 9, 2, 9]);
    expect(stdevMs).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(confidenceMs).toBeCloseTo((2.365 * Math.sqrt(32 / 7)) / Math.sqrt(8), 12);
  });

  it('use Student’s quantile beyond its table: 2.0423 for 30 degrees of freedom', () => {
    const times = Array.from({ length: 31 }, (_, at) => at);
    const { stdevMs, confidenceMs } = summarizeTimes(times);
    expect((confidenceMs * Math.sqrt(31)) / stdevMs).toBeCloseTo(2.0423, 3);
  });

  it('of one run say that nothing is known of its spread', () => {
    expect(summarizeTimes([3])).toMatchObject({ repeats: 1, medianMs: 3, stdevMs: 0, confidenceMs: 0 });
  });
});
