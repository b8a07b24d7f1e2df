import type { Candidate, Report, SearchSummary } from '../../main/contract/index.ts';

const classes = [
  'stop',
  'yield',
  'no entry',
  'priority',
  'roundabout',
  'limit 30',
  'limit 50',
  'children',
  'bend',
  'crossing',
  'no parking',
  'one way',
];

/** A PNG of one grey pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';

const layerNames = [
  'stem',
  'block 1 depthwise',
  'block 1 project',
  'block 2 expand',
  'block 2 depthwise',
  'block 2 project',
  'pool',
  'classifier',
];

const limits = { sramBytes: 96_000, flashBytes: 512_000, latencyMs: 60, energyMicrojoules: null };
const candidate = (at: number): Candidate => ({
  key: `w0.75:k${3 + 2 * (at % 3)}e4|k5e3,k3e6|w0.5:k5e${3 + at}`,
  accuracy: 0.7 + 0.05 * Math.log2(1 + at),
  passesAlone: 0.6,
  sramBytes: 14_000 + 1500 * at,
  flashBytes: 150_000 + 22_000 * at,
  latencyMs: 21 + 6.5 * at,
  energyMicrojoules: null,
  inputMode: 'whole',
  onFront: true,
});

/** A search on two boards, for a report that has one. */
export const searchFixture = (): SearchSummary => ({
  spaces: ['w0.5-r32', 'w0.8-r32', 'w1-r48'].map((name, at) => ({
    name,
    sampled: 1000,
    fitting: [870, 424, 0][at],
    meanFlops: [5.2e6, 9.1e6, 0][at],
    macsDeciles: at === 2 ? [] : Array.from({ length: 9 }, (_, i) => (1 + at) * (1.1e6 + 0.3e6 * i)),
  })),
  chosenSpace: 'w0.8-r32',
  limits,
  seconds: { space: 3.3, supernet: 43, evolve: 241 },
  latency: { kind: 'counted', detail: 'Latency is foretold from kernels that were counted on STM32F405 in QEMU.' },
  supernetSteps: 1400,
  judged: 240,
  generations: 5,
  front: Array.from({ length: 6 }, (_, at) => candidate(at)),
  recommended: { key: candidate(5).key, reason: 'It is the most accurate network found that keeps every limit.' },
  promised: candidate(5),
  boards: ['STM32F405 in QEMU', 'NUCLEO-F401RE'].map((boardName, at) => ({
    boardId: at === 0 ? 'virtual-stm32f405' : 'nucleo-f401re',
    boardName,
    limits,
    latency: { kind: 'estimated', detail: '' },
    promised: candidate(5 - at),
    reason: 'It is the most accurate network found that keeps every limit.',
    macs: 5_190_000,
    parameters: 94_394,
    floatAccuracy: 0.858,
    int8Accuracy: 0.857,
    sramBytes: 28_108,
    flashBytes: 172_356,
    latencyMs: at === 0 ? 43.1 : null,
    latencyEstimated: at === 0 ? true : null,
    boardAccuracy: at === 0 ? 0.8625 : null,
    folder: at === 0 ? null : 'parts/nucleo-f401re',
  })),
});

/** A report with every part but a search, for looking at it and for tests of the page. */
export function reportFixture(): Report {
  const layers = layerNames.map((name, index) => ({
    index,
    name,
    kind: name.includes('depthwise')
      ? 'depthwise_conv2d'
      : name === 'pool'
        ? 'mean'
        : name === 'classifier'
          ? 'fully_connected'
          : 'conv2d',
    outputShape: [1, 16, 16, 8 + index],
    macs: name === 'pool' ? 0 : 40_000 + 30_000 * ((index * 7) % 5),
    instructions: 90_000 + 60_000 * ((index * 7) % 5),
    cycles: 110_000 + 70_000 * ((index * 7) % 5),
    microseconds: 650 + 400 * ((index * 7) % 5),
    kernel: null,
    predictedCycles: null,
  }));
  const confusion = classes.map((_, label) =>
    classes.map((_, predicted) =>
      label === predicted ? 38 + (label % 3) : (label * 5 + predicted * 3) % 17 === 0 ? 2 : 0,
    ),
  );
  const samples = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  const tensor = (name: string, shape: number[]) => ({
    name,
    shape,
    type: 'int8',
    bytes: shape.reduce((a, b) => a * b, 1),
    scale: 1 / 128,
    zeroPoint: 0,
  });
  return {
    format: 2,
    title: 'Road signs on a virtual board',
    runId: 'demo-20261122-071530-4f9a',
    kind: 'demo',
    createdAt: Date.UTC(2026, 10, 22, 7, 15, 30),
    board: {
      id: 'virtual-stm32f405',
      name: 'STM32F405 in QEMU',
      virtual: true,
      mcu: 'STM32F405RG',
      core: 'cortex-m4',
      clockHz: 168e6,
      sramBytes: 196_608,
      flashBytes: 1_048_576,
      memory: [],
      probes: ['qemu'],
      powerKnown: false,
      doubts: [],
      connected: [],
    },
    model: {
      name: 'road-signs <b>net</b>',
      sha256: '9f'.repeat(32),
      fileBytes: 61_000,
      inputs: [tensor('input', [1, 32, 32, 3])],
      outputs: [tensor('output', [1, classes.length])],
      operators: layers.map((layer) => ({
        index: layer.index,
        name: layer.name,
        kind: layer.kind,
        inputShapes: [[1, 16, 16, 8]],
        outputShapes: [layer.outputShape],
        from: layer.index === 0 ? [] : [layer.index - 1],
        macs: layer.macs,
        parameters: 1200,
        weightBytes: 1400,
        options: {},
      })),
      macs: 2_190_000,
      parameters: 48_210,
      weightBytes: 50_300,
      peakActivationBytes: 21_504,
    },
    planned: {
      plan: 'streamed, whole input',
      sramBytes: 21_504,
      weightBytes: 50_300,
      steps: layerNames.length,
      segments: layerNames.map((name, at) => ({ name, firstStep: at, lastStep: at, peakBytes: 9000 })),
      buffers: [
        { name: 'input', kind: 'input', offset: 0, bytes: 3072, firstStep: 0, lastStep: 0 },
        { name: 'stem', kind: 'activation', offset: 3072, bytes: 8192, firstStep: 0, lastStep: 1 },
        { name: 'block 1', kind: 'activation', offset: 11_264, bytes: 8192, firstStep: 1, lastStep: 3 },
        { name: 'expand', kind: 'ring', offset: 0, bytes: 6144, firstStep: 3, lastStep: 4 },
        { name: 'work', kind: 'work', offset: 19_456, bytes: 2048, firstStep: 0, lastStep: 7 },
        { name: 'block 2', kind: 'activation', offset: 6144, bytes: 4096, firstStep: 4, lastStep: 6 },
        { name: 'scores', kind: 'output', offset: 0, bytes: 12, firstStep: 7, lastStep: 7 },
      ],
    },
    linked: {
      regions: [
        { name: 'FLASH', kind: 'flash', start: 0x0800_0000, sizeBytes: 1_048_576, usedBytes: 118_400 },
        { name: 'SRAM', kind: 'ram', start: 0x2000_0000, sizeBytes: 131_072, usedBytes: 34_816 },
        { name: 'CCM', kind: 'ram', start: 0x1000_0000, sizeBytes: 65_536, usedBytes: 0 },
      ],
      uses: [
        { name: 'model', region: 'FLASH', bytes: 90_000, what: 'weights and generated code' },
        { name: 'firmware', region: 'FLASH', bytes: 28_400, what: 'start-up, link, C library' },
        { name: 'model', region: 'SRAM', bytes: 21_504, what: 'activations' },
        { name: 'stack', region: 'SRAM', bytes: 8192, what: 'reserved' },
        { name: 'firmware', region: 'SRAM', bytes: 5120, what: 'link buffers, variables' },
      ],
      sections: [
        { name: '.text', region: 'FLASH', address: 0x0800_0000, bytes: 61_000, what: 'code' },
        { name: '.rodata', region: 'FLASH', address: 0x0800_f000, bytes: 57_400, what: 'weights and tables' },
        { name: '.bss', region: 'SRAM', address: 0x2000_0000, bytes: 26_624, what: 'arena and buffers' },
        { name: '.stack', region: 'SRAM', address: 0x2001_e000, bytes: 8192, what: 'stack' },
      ],
    },
    profile: {
      boardId: 'virtual-stm32f405',
      boardName: 'STM32F405 in QEMU',
      buildId: 'a1b2c3d4',
      clockHz: 168e6,
      estimated: true,
      method: 'Instructions are counted exactly; cycles are estimated from them.',
      invocations: 3,
      instructions: layers.reduce((sum, layer) => sum + layer.instructions, 0),
      cycles: layers.reduce((sum, layer) => sum + layer.cycles, 0),
      latencyMs: layers.reduce((sum, layer) => sum + layer.microseconds, 0) / 1000,
      statistics: null,
      stackBytes: 620,
      arenaUsedBytes: 24_000,
      layers,
    },
    training: {
      dataset: 'generated:road-signs',
      architecture: 'a network of 9 blocks at 32×32',
      backend: 'wasm',
      workers: 2,
      parameters: 48_210,
      macs: 2_190_000,
      epochs: 12,
      elapsedMs: 131_000,
      curve: Array.from({ length: 12 }, (_, at) => ({
        epoch: at + 1,
        trainLoss: 2.4 * Math.exp(-at / 3.5) + 0.1,
        trainAccuracy: 0.97 - 0.75 * Math.exp(-at / 2.6),
        validationLoss: 2.2 * Math.exp(-at / 3) + 0.12,
        validationAccuracy: 0.982 - 0.66 * Math.exp(-at / 2.2),
        learningRate: 0.06 * (0.5 + 0.5 * Math.cos((Math.PI * at) / 12)),
        elapsedMs: 11_000 * (at + 1),
        samplesPerSecond: 1400,
      })),
      floatAccuracy: 0.978,
      testSamples: 2000,
      compared: { samples: 2000, floatAccuracy: 0.978, int8Accuracy: 0.976 },
    },
    evaluation: {
      boardId: 'virtual-stm32f405',
      dataset: 'generated:road-signs',
      split: 'test',
      classes,
      samples,
      correct,
      accuracy: correct / samples,
      confusion,
      agreement: { compared: samples, equal: samples, differing: [] },
      shown: Array.from({ length: 14 }, (_, at) => ({
        id: `sample ${at}`,
        label: at % 12,
        predicted: at < 2 ? (at + 3) % 12 : at % 12,
        score: 0.99 - 0.03 * at,
        png: pixel,
      })),
    },
    agreement: null,
    search: null,
    steps: ['Opening the dataset', 'Training the network', 'Making an int8 model', 'Measuring on the board'].map(
      (title, at) => ({
        name: `step-${at}`,
        title,
        state: 'done' as const,
        inputHash: 'x',
        startedAt: 1000 * at,
        finishedAt: 1000 * at + 900 * (at + 1),
        reused: at === 0,
        note: null,
        stages: [],
      }),
    ),
    environment: {
      'MCUNet Studio': '0.1.0',
      Node: 'v20.20.2',
      'arm-none-eabi-gcc': '12.2.1',
      QEMU: '7.2.19',
      'operating system': 'Linux 6.1 x64',
    },
  };
}
