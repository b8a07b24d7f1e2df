/**
 * How fast the WASM backend trains: samples per CPU-second of forward, backward and update, batch 64, on one worker,
 * beside PyTorch's one-thread channels_last on the same networks where `python3` has it; and how much two workers gain.
 *
 *   npm run bench:training [-- seconds per measurement]
 */
import { spawnSync } from 'node:child_process';
import { architectureCost, layersOf, type Architecture } from '../../main/core/architecture/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import {
  createWasmBackend,
  defaultRecipe,
  initializeNetwork,
  NO_AUGMENTATION,
  Trainer,
  type LabelledSamples,
  type TrainingData,
} from '../../main/core/training/index.ts';
import { allowRelaxedSimd, trainNetwork } from '../../main/studio/training/index.ts';
import { BENCH_NETS } from './trainingNets.ts';

const BATCH = 64;
const seconds = Number(process.argv[2] ?? 4);

function noise(architecture: Architecture, count: number): LabelledSamples {
  const { height, width, channels } = architecture.input;
  const random = createRandom(1);
  return {
    samples: Uint8Array.from({ length: count * height * width * channels }, () => random.below(256)),
    labels: Uint16Array.from({ length: count }, () => random.below(architecture.classes)),
  };
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Samples per CPU-second of one worker, batch preparation included. The best of three spans. */
function oneWorker(architecture: Architecture): number {
  const network = createWasmBackend().compile(architecture, BATCH);
  network.setWeights(initializeNetwork(architecture, createRandom(1)).weights);
  const recipe = { ...defaultRecipe({ kind: 'images', mirrorable: true }), batch: BATCH };
  const trainer = new Trainer(network, { train: noise(architecture, 1024), recipe, seed: 1 });
  let step = 0;
  const work = (span: number): number => {
    const start = cpuSeconds();
    const first = step;
    while (cpuSeconds() - start < span) {
      trainer.compute(step++);
      trainer.apply(0.01);
    }
    return ((step - first) * BATCH) / (cpuSeconds() - start);
  };
  work(1);
  return Math.max(...[0, 1, 2].map(() => work(seconds / 3)));
}

/** Samples per second of wall time with so many workers. */
async function allWorkers(architecture: Architecture, workers: number): Promise<number> {
  const train = noise(architecture, 4096);
  const few = noise(architecture, BATCH);
  const data: TrainingData = {
    kind: 'images',
    mirrorable: true,
    shape: architecture.input,
    classes: Array.from({ length: architecture.classes }, (_, i) => String(i)),
    train,
    validation: few,
    test: few,
  };
  const recipe = { batch: BATCH, augmentation: NO_AUGMENTATION };
  let fastest = 0;
  await trainNetwork({
    ...{ architecture, data, seed: 1, workers, recipe },
    length: { minutes: (seconds + 1) / 60 },
    onProgress: ({ note = '' }) => {
      fastest = Number(/(\d+) samples\/s/.exec(note)?.[1] ?? fastest);
    },
  });
  return fastest;
}

const TORCH = String.raw`
import json, sys, time, torch
torch.set_num_threads(1)
class Add(torch.nn.Module):
    def __init__(self, layers): super().__init__(); self.body = torch.nn.Sequential(*layers)
    def forward(self, x): return x + self.body(x)
def build(spec):
    stack, block, skip = [], [], False
    for l in spec['layers']:
        part = [torch.nn.Conv2d(l['cin'], l['cout'], l['k'], l['s'], l['k'] // 2, groups=l['groups'], bias=False), torch.nn.BatchNorm2d(l['cout'])]
        if l['relu6']: part.append(torch.nn.ReLU6(inplace=True))
        block += part
        if l['ends']:
            stack += [Add(block)] if l['residual'] else block
            block = []
    return torch.nn.Sequential(*stack, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(spec['features'], spec['classes']))
for spec in json.load(sys.stdin):
    net = build(spec).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    x = torch.randn(spec['batch'], 3, spec['size'], spec['size']).to(memory_format=torch.channels_last)
    y = torch.randint(0, spec['classes'], (spec['batch'],))
    loss = torch.nn.CrossEntropyLoss()
    def work(span):
        start, steps = time.process_time(), 0
        while time.process_time() - start < span:
            sgd.zero_grad(set_to_none=True); loss(net(x), y).backward(); sgd.step(); steps += 1
        return steps * spec['batch'] / (time.process_time() - start)
    work(1)
    print(spec['name'], max(work(spec['seconds'] / 3) for _ in range(3)), flush=True)
`;

/** PyTorch's samples per CPU-second by network; empty where there is none. */
function pytorch(nets: readonly Architecture[]): Map<string, number> {
  const specs = nets.map((architecture) => {
    const layers = layersOf(architecture).slice(0, -1);
    return {
      name: architecture.name,
      size: architecture.input.height,
      classes: architecture.classes,
      batch: BATCH,
      seconds,
      features: layers.at(-1)?.output.channels,
      layers: layers.map((layer, index) => ({
        cin: layer.input.channels,
        cout: layer.output.channels,
        k: layer.kernel,
        s: layer.strideH,
        groups: layer.kind === 'depthwise_conv2d' ? layer.output.channels : 1,
        relu6: layer.relu6,
        residual: layer.adds !== null,
        ends: layer.block === null || layer.block !== layers[index + 1]?.block,
      })),
    };
  });
  // Debian's package belongs to Debian's interpreter, which another one may hide.
  const runs = ['python3', '/usr/bin/python3'].map((python) =>
    spawnSync(python, ['-c', TORCH], { input: JSON.stringify(specs), encoding: 'utf8' }),
  );
  const run = runs.find(({ error, status }) => error === undefined && status === 0);
  if (run === undefined) {
    console.log('PyTorch is not there (Debian: python3-torch); its column stays empty.');
    return new Map();
  }
  return new Map(
    run.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name, rate]) => [name, Number(rate)]),
  );
}

allowRelaxedSimd();
const torch = pytorch(BENCH_NETS);
console.log('net    MMACs  one worker  PyTorch  ratio   1 → 2 workers (wall)');
for (const architecture of BENCH_NETS) {
  const own = oneWorker(architecture);
  const peer = torch.get(architecture.name);
  const one = await allWorkers(architecture, 1);
  const two = await allWorkers(architecture, 2);
  console.log(
    [
      architecture.name.padEnd(6),
      (architectureCost(architecture).macs / 1e6).toFixed(2).padStart(5),
      `${own.toFixed(0)}/s`.padStart(11),
      (peer === undefined ? '–' : `${peer.toFixed(0)}/s`).padStart(8),
      (peer === undefined ? '–' : (own / peer).toFixed(2)).padStart(6),
      `  ${one} → ${two} (× ${(two / one).toFixed(2)})`,
    ].join(' '),
  );
}
