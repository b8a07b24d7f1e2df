import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../main/contract/index.ts';
import { clock, ProgressLine, progressText } from '../../main/cli/progressLine.ts';
import { textTable } from '../../main/cli/textTable.ts';
import { programOnPath } from '../support/programs.ts';
import { hasSharedModels, goldenVectors } from '../support/sharedModels.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mcunet, tinyClassifier, tinySample } from './commandLine.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

describe('mcunet', () => {
  it('explains itself', async () => {
    const { exitCode, out } = await mcunet(['--help']);
    expect(exitCode).toBe(0);
    for (const command of [
      'demo',
      'doctor',
      'boards',
      'inspect',
      'run',
      'build',
      'flash',
      'profile',
      'evaluate',
      'train',
      'serve',
    ])
      expect(out).toMatch(new RegExp(`^ +${command} `, 'm'));
    expect((await mcunet(['profile', '--help'])).out).toContain('--inputs <files...>');
    expect((await mcunet(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each(['flash', 'profile', 'evaluate', 'train', 'search', 'demo', 'smoke'])(
    '%s takes a probe and a port by hand',
    async (command) => {
      const { out } = await mcunet([command, '--help']);
      expect(out).toContain('--probe <selector>');
      expect(out).toContain('--port <path>');
    },
  );

  it('lists the boards', async () => {
    const { exitCode, json } = await mcunet(['boards', '--json']);
    expect(exitCode).toBe(0);
    expect(json?.['boards']).toContainEqual(
      expect.objectContaining({ id: 'virtual-stm32f405', virtual: true, core: 'cortex-m4', flashBytes: 1024 * 1024 }),
    );
    expect((await mcunet(['boards'])).out).toMatch(/virtual-stm32f405 .* virtual/);
  });

  it('checks up on this computer', async () => {
    const { exitCode, json } = await mcunet(['doctor', '--json']);
    const findings = json?.['findings'] as { id: string; state: string; remedy: string | null }[];
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['tool.arm-gcc', 'tool.qemu', 'usb', 'machine']),
    );
    for (const { state, remedy } of findings) if (state === 'missing') expect(remedy).not.toBeNull();
    expect(exitCode).toBe(json?.['ok'] === true ? 0 : 1);
  });

  it('inspects a model', async () => {
    const model = tinyClassifier(temporaryFolder());
    const { json } = await mcunet(['inspect', model, '--json']);
    expect(json).toMatchObject({
      name: 'tiny.tflite',
      inputs: [{ shape: [1, 32, 32, 3], type: 'int8' }],
      outputs: [{ shape: [1, 16], scale: 1 / 256, zeroPoint: -128 }],
      macs: 48,
      parameters: 48,
      operators: [{ kind: 'mean' }, { kind: 'fully_connected', macs: 48, from: [0] }, { kind: 'softmax', from: [1] }],
    });
    expect((await mcunet(['inspect', model])).out).toContain('fully_connected');
  });
});

describe('mcunet export', () => {
  it.each([
    ['c', 'model.h'],
    ['arduino', 'library.properties'],
    ['tflite', '.tflite'],
    ['cmsis-pack', '.pack'],
  ])('%s', async (format, file) => {
    const folder = temporaryFolder();
    const argv = ['export', tinyClassifier(folder), '--format', format, '--out', join(folder, 'out'), '--json'];
    const { exitCode, json } = await mcunet(argv);
    expect(exitCode).toBe(0);
    const files = json?.['files'] as { path: string; bytes: number }[];
    expect(files.some(({ path }) => path.endsWith(file))).toBe(true);
    for (const { path, bytes } of files) expect(readFileSync(join(folder, 'out', path)).length).toBe(bytes);
  });

  it('makes C for the core of the board that is named', async () => {
    const folder = temporaryFolder();
    const argv = ['export', tinyClassifier(folder), '--format', 'c', '--out', join(folder, 'out')];
    expect((await mcunet([...argv, '--board', 'nucleo-f746zg'])).exitCode).toBe(0);
    expect(readFileSync(join(folder, 'out', 'model.h'), 'utf8')).toContain('for Cortex-M7.');
  });
});

describe.skipIf(!hasSharedModels)('mcunet run', () => {
  it('gives TensorFlow Lite Micro’s bytes', async () => {
    const folder = temporaryFolder();
    const name = 'mlperf-kws-dscnn';
    const [first] = goldenVectors(name);
    const shared = join(import.meta.dirname, '../../../shared/models');
    const argv = [
      'run',
      join(shared, `${name}.tflite`),
      '--inputs',
      join(shared, 'golden', name, 'input_0.bin'),
      '--out',
      folder,
    ];
    expect((await mcunet(argv)).exitCode).toBe(0);
    expect(new Int8Array(readFileSync(join(folder, 'output_0.bin')))).toEqual(first?.output);
  });
});

describe.skipIf(!hasBoard)('a model on the virtual board', () => {
  it('is built: C, image, planned and linked memory', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'öut put');
    const { exitCode, json, err } = await mcunet([
      'build',
      tinyClassifier(folder),
      '--board',
      'virtual-stm32f405',
      '--out',
      out,
      '--json',
    ]);
    expect(err).toContain('Compiling and linking');
    expect(exitCode).toBe(0);
    expect(reportSchema.safeParse(json).success).toBe(true);
    expect(json).toMatchObject({ folder: out, planned: { sramBytes: expect.any(Number) }, profile: null });
    for (const file of ['c/model.h', 'firmware/firmware.elf', 'firmware/firmware.hex', 'report.html', 'report.json'])
      expect(existsSync(join(out, file))).toBe(true);
    expect(readFileSync(join(out, 'c/model.h'), 'utf8')).toContain('MODEL_SRAM_BYTES');
  });

  it('is profiled: instructions per layer, the same each time, and outputs equal to the interpreter’s', async () => {
    const folder = temporaryFolder();
    const model = tinyClassifier(folder);
    const inputs = [tinySample(folder, 'a.bin', 1), tinySample(folder, 'b.bin', 2)];
    await mcunet(['run', model, '--inputs', ...inputs, '--out', join(folder, 'interpreted')]);
    const runs = [];
    for (const plan of ['layers', 'layers', 'stream']) {
      const out = join(folder, plan);
      const { exitCode, json } = await mcunet([
        'profile',
        model,
        '--board',
        'virtual-stm32f405',
        '--plan',
        plan,
        '--inputs',
        ...inputs,
        '--out',
        out,
        '--json',
      ]);
      expect(exitCode).toBe(0);
      expect(json).toMatchObject({ agreement: { compared: 2, equal: 2 }, profile: { estimated: true } });
      for (const name of ['output_0.bin', 'output_1.bin'])
        expect(readFileSync(join(out, name))).toEqual(readFileSync(join(folder, 'interpreted', name)));
      runs.push(reportSchema.parse(json).profile);
    }
    const [first, second] = runs;
    expect(first?.instructions).toBeGreaterThan(1000);
    expect(second?.instructions).toBe(first?.instructions);
    expect(second?.layers).toEqual(first?.layers);
    expect(first?.layers.map(({ kind }) => kind)).toEqual(['mean', 'fully_connected', 'softmax']);
    const sum = first?.layers.reduce((total, { instructions }) => total + (instructions ?? 0), 0) ?? 0;
    expect(sum).toBeLessThanOrEqual(1.05 * (first?.instructions ?? 0));
    // The rest is the caller's copy of the input: much of it, for so small a model.
    expect(sum).toBeGreaterThan(0.5 * (first?.instructions ?? 0));
  });

  it('is evaluated on a dataset', async () => {
    const folder = temporaryFolder();
    const { exitCode, json } = await mcunet([
      ...[
        'evaluate',
        tinyClassifier(folder),
        '--board',
        'virtual-mps2-m4',
        '--limit',
        '12',
        '--out',
        join(folder, 'out'),
      ],
      ...['--dataset', 'generated:road-signs?train=16&validation=16&test=40', '--json'],
    ]);
    expect(exitCode, JSON.stringify(json)).toBe(0);
    const { evaluation } = reportSchema.parse(json);
    expect(evaluation).toMatchObject({ samples: 12, agreement: { compared: 12, equal: 12, differing: [] } });
    expect(evaluation?.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(evaluation?.shown.every(({ png }) => png?.startsWith('iVBOR'))).toBe(true);
  });

  it('is flashed from an image file', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    await mcunet(['build', tinyClassifier(folder), '--board', 'virtual-stm32f405', '--out', out]);
    const { exitCode, json } = await mcunet([
      'flash',
      '--board',
      'virtual-stm32f405',
      '--image',
      join(out, 'firmware/firmware.hex'),
      '--json',
    ]);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ board: 'virtual-stm32f405', selector: 'qemu:virtual-stm32f405' });
  });

  it('takes a folder again: what was there is replaced', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    const argv = (model: string): string[] => ['build', model, '--board', 'virtual-stm32f405', '--out', out];
    await mcunet(argv(tinyClassifier(folder)));
    const { exitCode } = await mcunet(argv(tinyClassifier(folder, 'wide.tflite', { features: 8 })));
    expect(exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toMatchObject({
      model: { name: 'wide.tflite' },
    });
  });
});

describe.runIf(hasBoard)('a run’s folder that came from elsewhere', () => {
  const built = async (): Promise<{ folder: string; out: string; again: () => ReturnType<typeof mcunet> }> => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    writeFileSync(join(folder, 'precious.txt'), 'mine');
    const argv = (model: string): string[] => ['build', model, '--board', 'virtual-stm32f405', '--out', out];
    await mcunet(argv(tinyClassifier(folder)));
    return { folder, out, again: () => mcunet(argv(tinyClassifier(folder, 'wide.tflite', { features: 8 }))) };
  };
  const claim = (out: string, file: string): void => {
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { artefacts: object[] };
    const stranger = { name: 'x', file, bytes: 4, sha256: '0', step: 'compile' };
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...record, artefacts: [...record.artefacts, stranger] }));
  };

  it('cannot have files removed that lie outside of it', async () => {
    const { folder, out, again } = await built();
    const record = readFileSync(join(out, 'run.json'), 'utf8');
    for (const file of ['../precious.txt', 'a/../../precious.txt']) {
      writeFileSync(join(out, 'run.json'), record);
      claim(out, file);
      const { exitCode, err } = await again();
      expect(exitCode).not.toBe(0);
      expect(err).toContain('does not name a file inside a run');
      expect(existsSync(join(out, 'report.json'))).toBe(true);
      expect(readFileSync(join(folder, 'precious.txt'), 'utf8')).toBe('mine');
    }
    // Taken for a path in the run's folder, where it is not.
    writeFileSync(join(out, 'run.json'), record);
    claim(out, join(folder, 'precious.txt'));
    expect((await again()).exitCode).toBe(0);
    expect(readFileSync(join(folder, 'precious.txt'), 'utf8')).toBe('mine');
  });

  it('cannot reach them through a link either', async () => {
    const { folder, out, again } = await built();
    symlinkSync(folder, join(out, 'link'));
    claim(out, 'link/precious.txt');
    const { exitCode, err } = await again();
    expect(exitCode).not.toBe(0);
    expect(existsSync(join(out, 'report.json'))).toBe(true);
    expect(err).toContain('does not name a file inside a run');
    expect(readFileSync(join(folder, 'precious.txt'), 'utf8')).toBe('mine');
  });
});

describe('progress', () => {
  it('shows a clock that people read', () => {
    expect([0, 48_000, 725_000, 3_727_000].map(clock)).toEqual(['0:00', '0:48', '12:05', '1:02:07']);
  });

  it('shows share, remaining time and a note', () => {
    const progress = { stage: 'training', done: 3, total: 4, remainingMs: 80_000, note: 'epoch 3' } as const;
    expect(progressText(progress, false)).toBe('training  75 %  1:20 left  epoch 3');
    expect(progressText(progress, true)).toContain('██████████████████░░░░░░');
    expect(progressText({ stage: 'planning', done: 7, total: null, remainingMs: null }, true)).toBe('planning  7');
  });

  const silent = { out: () => undefined, columns: () => 40, colour: false, signal: new AbortController().signal };

  it('is one line drawn again on a terminal, no wider than it', () => {
    let text = '';
    const line = new ProgressLine({ ...silent, terminal: true, err: (more) => (text += more) });
    line.report({
      stage: 'training',
      done: 1,
      total: 2,
      remainingMs: null,
      note: 'a note that is much too long for this',
    });
    line.say('✓ done');
    const [drawn] = text.slice(1).split('\r');
    // eslint sees control characters here: they are what is tested.
    expect([...(drawn ?? '').replaceAll(/\u001b\[[0-9]*[A-Za-z]/g, '')].length).toBeLessThan(40);
    expect(text.endsWith('✓ done\n')).toBe(true);
  });

  it('is a line now and then elsewhere', () => {
    let [text, now] = ['', 0];
    const line = new ProgressLine({ ...silent, terminal: false, err: (more) => (text += more) }, () => now);
    for (; now < 40_000; now += 100) line.report({ stage: 'training', done: now, total: 40_000, remainingMs: null });
    expect(text.trimEnd().split('\n')).toHaveLength(3);
  });
});

it('sets numbers to the right in tables', () => {
  expect(
    textTable(
      ['name', 'KiB'],
      [
        ['a', '12'],
        ['bcd', '7'],
      ],
    ).split('\n'),
  ).toEqual(['name  KiB', '────  ───', 'a      12', 'bcd     7']);
});
