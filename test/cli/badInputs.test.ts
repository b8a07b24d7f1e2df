import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { assembleTflite } from '../../main/core/formats/tflite/assemble.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mcunet, tinyClassifier, tinySample } from './commandLine.ts';

/**
 * What a user is told when something is wrong: one sentence of cause, one remedy, a code; a non-zero exit; with --json the
 * same as one document on standard output.
 */
interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

async function complaint(...argv: string[]): Promise<Complaint> {
  const forPrograms = await mcunet([...argv, '--json']);
  expect(forPrograms.exitCode).not.toBe(0);
  const { code, message, remedy } = (forPrograms.json ?? {})['error'] as Complaint;
  expect(remedy).not.toBe('');
  const forPeople = await mcunet(argv);
  expect(forPeople).toMatchObject({ exitCode: forPrograms.exitCode, out: '' });
  for (const text of [message, remedy, code]) expect(forPeople.err).toContain(text);
  return { code, message, remedy };
}

const board = ['--board', 'virtual-stm32f405'];
const hasCompiler = programOnPath('arm-none-eabi-gcc');

afterEach(() => vi.unstubAllEnvs());

describe('a model', () => {
  it('that is not there', async () => {
    const file = join(temporaryFolder(), 'gone.tflite');
    expect(await complaint('inspect', file)).toEqual({
      code: 'model.not-found',
      message: `There is no model file ${file}.`,
      remedy: 'Check the path.',
    });
  });

  it('that is a folder', async () => {
    expect(await complaint('inspect', temporaryFolder())).toMatchObject({
      code: 'model.unreadable',
      message: expect.stringContaining('it is a folder'),
    });
  });

  it('that is no model at all', async () => {
    const file = join(temporaryFolder(), 'photo.tflite');
    writeFileSync(file, 'this is not a flatbuffer, whatever it is called');
    expect(await complaint('inspect', file)).toMatchObject({
      code: 'model.not-tflite',
      message: expect.stringContaining('photo.tflite'),
    });
  });

  it('that was cut short', async () => {
    const folder = temporaryFolder();
    const whole = readFileSync(tinyClassifier(folder));
    const file = join(folder, 'half.tflite');
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    const { code, message } = await complaint('build', file, ...board, '--out', join(folder, 'out'));
    expect(code).toMatch(/^model\.(truncated|damaged)$/);
    expect(message).toContain('half.tflite');
  });

  it('with an operator that is not supported, by name and place', async () => {
    const file = join(temporaryFolder(), 'exp.tflite');
    const tensor = (name: string) => ({
      name,
      shape: [4],
      type: 9,
      quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
      bytes: null,
    });
    const operator = { code: 'EXP', optionsType: 0, options: [], inputs: [0], outputs: [1] };
    writeFileSync(
      file,
      assembleTflite({
        name: 'main',
        tensors: [tensor('x'), tensor('y')],
        operators: [operator],
        inputs: [0],
        outputs: [1],
      }),
    );
    expect(await complaint('inspect', file)).toMatchObject({
      code: 'model.unsupported-operator',
      message: 'exp.tflite cannot be used: operator 0 (EXP, which makes “y”): MCUNet Studio has no int8 kernel for it.',
    });
  });

  it('that does not fit the board, with how much is missing', async () => {
    const folder = temporaryFolder();
    const model = tinyClassifier(folder, 'wide.tflite', { features: 1024, classes: 2000 });
    for (const command of [['build'], ['export', '--format', 'c']]) {
      expect(await complaint(...command, model, ...board, '--out', join(folder, 'out'))).toMatchObject({
        code: 'model.does-not-fit',
        message: expect.stringMatching(/does not fit Virtual STM32F405 .*KiB of Flash.*too few/),
        remedy: expect.stringContaining('a board with more Flash'),
      });
    }
  });
});

describe('a board', () => {
  it('that nobody knows, with the likeliest ones', async () => {
    const folder = temporaryFolder();
    const model = tinyClassifier(folder);
    expect(await complaint('build', model, '--board', 'virtual-stm32', '--out', join(folder, 'out'))).toEqual({
      code: 'board.unknown',
      message: 'There is no board called virtual-stm32.',
      remedy: expect.stringContaining('virtual-stm32f405'),
    });
  });

  it.skipIf(!hasCompiler)('that is not plugged in', async () => {
    const model = tinyClassifier(temporaryFolder());
    expect((await complaint('profile', model, '--board', 'nucleo-f446re', '--out', temporaryFolder())).code).toMatch(
      /^probe\./,
    );
  });
});

describe('an input', () => {
  it('of the wrong size', async () => {
    const folder = temporaryFolder();
    const [model, file] = [tinyClassifier(folder), join(folder, 'short.bin')];
    writeFileSync(file, new Uint8Array(100));
    for (const argv of [
      ['run', model, '--inputs', file, '--out', join(folder, 'out')],
      ['profile', model, ...board, '--inputs', file, '--out', join(folder, 'out')],
    ])
      expect(await complaint(...argv)).toMatchObject({
        code: 'input.wrong-size',
        message: `${file} has 100 bytes, but one sample of tiny.tflite has 3072.`,
      });
  });

  it('that is not there', async () => {
    const folder = temporaryFolder();
    const argv = ['run', tinyClassifier(folder), '--inputs', join(folder, 'gone.bin'), '--out', join(folder, 'out')];
    expect(await complaint(...argv)).toMatchObject({
      code: 'input.not-found',
      message: expect.stringContaining('gone.bin cannot be read: ENOENT'),
    });
  });
});

describe('a dataset', () => {
  const train = (spec: string): string[] => [
    'train',
    '--dataset',
    spec,
    ...board,
    '--minutes',
    '0.1',
    '--out',
    temporaryFolder(),
  ];

  it('that is not there', async () => {
    expect(await complaint(...train(join(temporaryFolder(), 'gone')))).toMatchObject({
      code: 'dataset.not-found',
      message: expect.stringContaining('gone'),
    });
  });

  it('that is empty', async () => {
    const { code, message } = await complaint(...train(temporaryFolder()));
    expect(code).toMatch(/^dataset\./);
    expect(message).toContain('mcunet tést');
  });

  it('that nobody generates', async () => {
    expect(await complaint(...train('generated:unicorns'))).toMatchObject({
      code: 'dataset.unknown-generator',
      message: 'There is no generated dataset named unicorns.',
    });
  });

  it.skipIf(!hasCompiler)('with other classes than the model’s', async () => {
    const model = tinyClassifier(temporaryFolder(), 'five.tflite', { classes: 5 });
    const dataset = 'generated:road-signs?train=16&validation=16&test=16';
    expect(
      await complaint('evaluate', model, ...board, '--dataset', dataset, '--out', temporaryFolder()),
    ).toMatchObject({
      code: 'evaluate.other-classes',
      message: 'five.tflite tells 5 classes apart, but road-signs has 16.',
    });
  });
});

describe('this computer', () => {
  it('without the compiler', async () => {
    vi.stubEnv('MCUNET_ARM_GCC', join(temporaryFolder(), 'no-compiler'));
    const folder = temporaryFolder();
    expect(await complaint('build', tinyClassifier(folder), ...board, '--out', join(folder, 'out'))).toMatchObject({
      code: 'toolchain.missing',
      message: 'arm-none-eabi-gcc with newlib, which compiles firmware, was not found.',
      remedy: expect.stringContaining('native-toolchain/setup.mjs'),
    });
  });

  it.skipIf(!hasCompiler)('without QEMU', async () => {
    vi.stubEnv('MCUNET_QEMU', join(temporaryFolder(), 'no-qemu'));
    const folder = temporaryFolder();
    expect(await complaint('profile', tinyClassifier(folder), ...board, '--out', join(folder, 'out'))).toMatchObject({
      code: 'toolchain.missing',
      message: expect.stringContaining('qemu-system-arm'),
    });
  });

  it('with no place to write to', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const argv = [
      'run',
      tinyClassifier(folder),
      '--inputs',
      tinySample(folder, 'a.bin', 1),
      '--out',
      join(folder, 'file', 'out'),
    ];
    expect(await complaint(...argv)).toMatchObject({
      code: 'store.write-failed',
      message: expect.stringContaining('a part of the path is a file'),
    });
  });

  it('with a run of a newer version in the folder', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'run.json'), '{"format":999}');
    expect(await complaint('build', tinyClassifier(folder), ...board, '--out', out)).toMatchObject({
      code: 'store.newer-format',
      remedy: 'Update MCUNet Studio. The file was not touched.',
    });
  });
});

describe('a command line', () => {
  const search = ['search', '--dataset', 'generated:road-signs', '--minutes', '1', '--out', 'o'];

  it.each([
    [[], 'No command was given.'],
    [['fly'], "Unknown command 'fly'."],
    [['inspect'], "Missing required argument 'model'."],
    [['build', 'a.tflite', '--out', 'o'], "Required option '--board <id>' not specified."],
    [['build', 'a.tflite', '--plan', 'best'], 'Allowed choices are auto, layers, stream.'],
    [['train', '--minutes', '-1'], 'It takes a number above zero.'],
    [['evaluate', 'a.tflite', '--limit', '1.5'], 'It takes a whole number above zero.'],
    [['boards', '--loud'], "Unknown option '--loud'."],
    [[...search, '--sram', '64000'], 'Neither a board was given nor limits that could stand for one.'],
    [[...search, '--sram', '64000', '--flash', '1e5', '--latency', '20'], 'Latency cannot be limited without a board'],
    [[...search, '--sram', '64000', '--flash', '1e5', '--energy', '20'], 'Energy cannot be limited without a board'],
  ])('%j', async (argv, told) => {
    const { code, message } = await complaint(...argv);
    expect(code).toBe('cli.usage');
    expect(message).toContain(told);
  });
});
