/** The networks that a search has to beat, each as large as the limits allow. */
import { defaultArchitecture, type Architecture, type InputShape } from '../../../main/core/architecture/index.ts';
import {
  fits,
  sampleGenotype,
  toArchitecture,
  type Genotype,
  type Limits,
  type SearchSpace,
} from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { costOf, type CostModel } from '../../../main/studio/search/costs.ts';
import { mobileNetV2 } from './mobileNetV2.ts';

export interface Judge {
  readonly model: CostModel;
  readonly limits: Limits;
}

const fitting = (architecture: Architecture, { model, limits }: Judge): boolean =>
  fits(costOf(architecture, model), limits);

/** The widest MobileNetV2 at each resolution, in steps of a twentieth; resolutions at which none fits are left out. */
export function scaledMobileNets(shapes: readonly InputShape[], classes: number, judge: Judge): Architecture[] {
  return shapes.flatMap((shape) => {
    for (let twentieths = 30; twentieths > 0; twentieths--) {
      const architecture = mobileNetV2(shape, twentieths / 20, classes);
      if (fitting(architecture, judge)) return [architecture];
    }
    return [];
  });
}

/** What a user gets who does not search: the project's own hand-made network, as wide as the limits allow. */
export function handMade(shape: InputShape, classes: number, judge: Judge): Architecture {
  for (let macs = 60e6; macs > 1e5; macs *= 0.95) {
    const architecture = defaultArchitecture(shape, classes, { macs });
    if (fitting(architecture, judge)) return architecture;
  }
  throw new Error('no hand-made network keeps the limits');
}

/** One of the space's networks that keep the limits, each as likely as the other. */
export function randomGenotype(space: SearchSpace, seed: number, judge: Judge): Genotype {
  const random = createRandom(seed).fork('a random choice');
  for (let attempt = 0; attempt < 20_000; attempt++) {
    const genotype = sampleGenotype(space, random);
    if (fitting(toArchitecture(space, genotype), judge)) return genotype;
  }
  throw new Error(`no network of ${space.name} that was drawn keeps the limits`);
}
