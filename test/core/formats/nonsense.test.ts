import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../main/contract/index.ts';
import { readOnnx, readTflite } from '../../../main/core/formats/index.ts';
import { assembleTflite } from '../../../main/core/formats/tflite/assemble.ts';
import { FlatReader } from '../../../main/core/formats/tflite/flatReader.ts';
import { toTfliteFile } from '../../../main/core/formats/tflite/writeTflite.ts';
import type { Model } from '../../../main/core/graph/index.ts';
import { createRandom, type Random } from '../../../main/core/random/index.ts';
import { mutateTree } from '../../support/mutateTree.ts';
import { onnxFile } from '../../support/onnxFile.ts';
import { QdqNetwork } from '../../support/qdqNetwork.ts';
import { randomModel } from '../../support/randomModel.ts';
import { runIfSmall } from '../../support/runIfSmall.ts';

/** `read`, or the code of the one error; anything else fails the test. Null where the nonsense cannot be written. */
function outcome(write: () => Uint8Array, read: (bytes: Uint8Array) => Model, label: string): string | null {
  let bytes: Uint8Array;
  try {
    bytes = write();
  } catch {
    return null;
  }
  try {
    runIfSmall(read(bytes));
    return 'read';
  } catch (thrown) {
    expect(thrown, `${label}: ${thrown instanceof Error ? (thrown.stack ?? '') : ''}`).toBeInstanceOf(StudioError);
    return (thrown as StudioError).code;
  }
}

function qdqFile(random: Random) {
  const net = new QdqNetwork(random.below(1000), [1, 2, 4, 3]);
  const image = net.start();
  const weights = net.weights([2, 2, 3, 3], 0);
  const conv = net.op('Conv', [image, weights, net.real([2], [1, 2])], {
    pads: [1, 1, 1, 1],
    strides: [1, 1],
    group: 1,
  });
  const features = net.quantized(net.op('Relu', [conv]));
  const sum = net.quantized(net.op('Add', [features, features]));
  const pooled = net.quantized(net.op('MaxPool', [sum], { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] }));
  const wide = net.op('Transpose', [net.quantized(net.op('Concat', [pooled, pooled], { axis: 1 }))], {
    perm: [0, 2, 3, 1],
  });
  const flat = net.quantized(net.op('Reshape', [wide, net.constant('int64', [2], [1, -1])]));
  return net.file([net.quantized(net.op('Gemm', [flat, net.weights([3, 24], 0)], { transB: 1 }))]);
}

describe('well-formed files that make no sense are read and run, or refused with one sentence', () => {
  it('.tflite', () => {
    const random = createRandom(31);
    const codes = new Set<string | null>();
    for (let round = 0; round < 800; round++) {
      const file = toTfliteFile(randomModel(random.below(200), { onlyTflite: true }));
      // Field numbers stay: the writer would make room for as many fields.
      const nonsense = mutateTree(file, random, 1 + random.below(3), 'field');
      codes.add(
        outcome(
          () => assembleTflite(nonsense),
          (bytes) => readTflite(bytes, 'it.tflite'),
          `round ${round}`,
        ),
      );
    }
    expect([...codes]).toEqual(expect.arrayContaining(['read', 'model.invalid', 'model.damaged', 'model.not-int8']));
  });

  it('.onnx', () => {
    const random = createRandom(32);
    const files = Array.from({ length: 4 }, () => qdqFile(random));
    const codes = new Set<string | null>();
    for (let round = 0; round < 800; round++) {
      const nonsense = mutateTree(random.pick(files), random, 1 + random.below(3));
      codes.add(
        outcome(
          () => onnxFile(nonsense),
          (bytes) => readOnnx(bytes, 'it.onnx'),
          `round ${round}`,
        ),
      );
    }
    const reached = ['read', 'model.invalid', 'model.damaged', 'model.not-int8', 'model.unsupported-operator'];
    expect([...codes]).toEqual(expect.arrayContaining(reached));
  });
});

describe('the reader of flatbuffers', () => {
  it('does not read a few bytes again and again for ever', () => {
    const bytes = new Uint8Array(4096);
    new DataView(bytes.buffer).setUint32(0, 4000, true);
    const reader = new FlatReader(bytes, 'it.tflite');
    const readMany = (): void => {
      for (let time = 0; time < 1000; time++) reader.vectorAt(0, 1, 'scales of tensor 7');
    };
    expect(readMany).toThrow(
      'it.tflite is damaged: its parts lie on top of each other (noticed at its scales of tensor 7)',
    );
  });
});
