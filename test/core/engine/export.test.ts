import { describe, expect, it } from 'vitest';
import { compileModel, exportModel, type ExportFormat, type ExportOptions } from '../../../main/core/engine/index.ts';
import { readTflite } from '../../../main/core/formats/index.ts';
import { interpret, type Model } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';

const options: ExportOptions = { core: 'm4', releaseDate: '2026-01-31' };
const hostile: Model = {
  ...randomModel(8, { kinds: ['conv2d', 'depthwise_conv2d', 'add'], onlyTflite: true, mostInputs: 1 }),
  name: '*/ "Größe" <&> \\ 7',
};

const textOf = (model: Model, format: ExportFormat, path: string): string =>
  String(exportModel(model, format, options).get(path));

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
    expect(textOf(hostile, 'c', 'model.h')).toMatch(/\|[ #]{48}\| input_0/);
  });
});
