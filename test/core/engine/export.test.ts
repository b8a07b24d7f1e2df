import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileModel, exportModel, type ExportFormat, type ExportOptions } from '../../../main/core/engine/index.ts';
import { readTflite } from '../../../main/core/formats/index.ts';
import { interpret, type Model } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { runProcess } from '../../../main/processes/index.ts';
import { programOnPath } from '../../support/programs.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';

const options: ExportOptions = { core: 'm4', releaseDate: '2026-01-31' };
const hostile: Model = {
  ...randomModel(8, { kinds: ['conv2d', 'depthwise_conv2d', 'add'], onlyTflite: true, mostInputs: 1 }),
  name: '*/ "Größe" <&> \\ 7',
};

const textOf = (model: Model, format: ExportFormat, path: string): string =>
  String(exportModel(model, format, options).get(path));

const hasArm = programOnPath('arm-none-eabi-g++');

/** As much of Arduino's core as a sketch of ours needs. */
const arduinoHeader = `#pragma once
#include <stdint.h>
#include <string.h>
unsigned long micros();
void delay(unsigned long);
void setup();
void loop();
struct Printer {
  void begin(long) {}
  operator bool() const { return true; }
  template <typename T> void print(T) {}
  template <typename T> void println(T) {}
};
extern Printer Serial;
inline unsigned long micros() { return 0; }
inline void delay(unsigned long) {}
`;

type Compile = (program: string, parameters: readonly string[]) => Promise<void>;

async function compileInFolder(
  files: ReadonlyMap<string, string | Uint8Array>,
  work: (compile: Compile) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet export '));
  try {
    for (const [path, contents] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    }
    await work(async (program, parameters) => {
      const { exitCode, stderr } = await runProcess(program, parameters, { cwd: folder });
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('exports', () => {
  it('give C that compiles and runs whatever the model is called', async () => {
    const input = randomInputs8(1, hostile);
    const files = compileModel(hostile, options).files;
    const [[output] = []] = await runOnHost([{ files, inputs: [concatenated(input)] }]);
    expect(output).toEqual(concatenated(interpret(hostile, input)));
  });

  it('give an Arduino library: properties, sources in src, a sketch', () => {
    const files = exportModel(hostile, 'arduino', options);
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['library.properties', 'src/model.c', 'src/model.h', 'examples/run_once/run_once.ino']),
    );
    const properties = textOf(hostile, 'arduino', 'library.properties');
    expect(properties).toMatch(/^name=[A-Za-z0-9 ._-]+$/m);
    expect(properties).toContain('architectures=*');
    const [, header = ''] = /includes=(.*)/.exec(properties) ?? [];
    expect(files.has(`src/${header}`)).toBe(true);
  });

  it.skipIf(!hasArm)('give an Arduino library that compiles as Arduino compiles it, sketch and all', async () => {
    const files = new Map(exportModel(hostile, 'arduino', options));
    files.set('core/Arduino.h', arduinoHeader);
    files.set('core/main.cpp', '#include <Arduino.h>\nPrinter Serial;\nint main() { setup(); for (;;) loop(); }\n');
    const sketch = 'examples/run_once/run_once.ino';
    files.set('sketch.cpp', `#include <Arduino.h>\n${String(files.get(sketch))}`);
    await compileInFolder(files, async (compile) => {
      const flags = ['-mcpu=cortex-m4', '-mthumb', '-Os', '-Wall', '-Werror', '-Icore', '-Isrc'];
      const sources = [...files.keys()].filter((path) => /^src\/.*\.c$/.test(path));
      await compile('arm-none-eabi-gcc', [...flags, '-std=gnu11', '-c', ...sources]);
      const objects = sources.map((path) => path.replace(/^src\/(.*)c$/, '$1o'));
      await compile('arm-none-eabi-g++', [
        ...flags,
        '-std=gnu++17',
        '-fno-exceptions',
        '-c',
        'core/main.cpp',
        'sketch.cpp',
      ]);
      const program = ['main.o', 'sketch.o', ...objects, '-nostdlib', '-Wl,--entry=main', '-lc', '-lgcc'];
      await compile('arm-none-eabi-gcc', ['-mcpu=cortex-m4', '-mthumb', ...program, '-o', 'sketch.elf']);
    });
  });

  it('give C whose lines fit a screen, with every layer in a table', () => {
    const text = (path: string): string => textOf(hostile, 'c', path);
    for (const path of ['model.h', 'model.c', 'model_kernels.c', 'model_kernels.h', 'model_weights.c']) {
      const long = text(path)
        .split('\n')
        .filter((line) => line.length > 130);
      expect(long, path).toEqual([]);
    }
    for (const [index, { kind }] of compileModel(hostile, options).model.operators.entries()) {
      expect(text('model.c')).toMatch(new RegExp(`^ \\* +${String(index)}  ${kind} `, 'm'));
    }
    expect(text('README.md')).toContain('model_invoke');
  });

  it('give a CMSIS pack whose description names every file once, and escapes the model’s name', () => {
    const files = exportModel(hostile, 'cmsis-pack', options);
    const description = [...files].find(([path]) => path.endsWith('.pdsc'));
    const text = String(description?.[1]);
    for (const path of files.keys()) {
      if (!path.endsWith('.pdsc')) expect(text.split(`name="${path}"`).length, path).toBe(2);
    }
    expect(text).toContain('&lt;&amp;&gt;');
    expect(text).toContain('date="2026-01-31"');
  });

  it('give a .tflite that means the same', () => {
    const [[, bytes] = []] = [...exportModel(hostile, 'tflite', options)];
    const again = readTflite(bytes as Uint8Array, 'again');
    const input = randomInputs8(3, hostile);
    expect(interpret(again, input)).toEqual(interpret(hostile, input));
  });

  it('tell in the C what each layer is, its shapes, multiply-accumulates and bytes, and draw the memory map', () => {
    const driver = textOf(hostile, 'c', 'model.c');
    expect(driver).toMatch(/conv2d_\d+: conv2d [\dx]+ -> [\dx]+, [\d,]+ MACs, makes [\d,]+ bytes/);
    expect(textOf(hostile, 'c', 'model.h')).toMatch(/\|[ #]{40}\| +0-\d+ {2}input input_0/);
  });
});
