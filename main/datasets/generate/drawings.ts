import type { DatasetKind } from '../../contract/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import { defaultLogMel } from '../decode/logMel.ts';
import { createMotionRenderer, motionNames, motionShape } from '../motions/motions.ts';
import { createRenderer } from '../roadSigns/render.ts';
import { signs } from '../roadSigns/signs.ts';
import { createSoundRenderer, soundNames } from '../sounds/sounds.ts';

/** Writes sample `index` of class `label` into `target`. The same arguments give the same bytes, in any order of calls. */
export interface Renderer {
  render(index: number, label: number, target: Uint8Array): void;
}

/** A kind of samples that the project makes itself. */
export interface Drawing {
  /** What the window and the training take the samples for. */
  readonly kind: DatasetKind;
  readonly classes: readonly string[];
  /** Pixels along each side can be chosen. */
  readonly sized: boolean;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  shape(size: number): InputShape;
  createRenderer(size: number, seed: number): Renderer;
  /** A sentence about it. */
  describe(size: number, seed: number): string;
}

export const drawings = {
  'road-signs': {
    kind: 'generated',
    classes: signs.map(({ name }) => name),
    sized: true,
    counts: { train: 6000, validation: 1000, test: 1000 },
    shape: (size) => ({ height: size, width: size, channels: 3 }),
    createRenderer,
    describe: (size, seed) => `Road signs in ${signs.length} classes, drawn at ${size}×${size} from seed ${seed}.`,
  },
  sounds: {
    kind: 'audio',
    classes: soundNames,
    sized: false,
    counts: { train: 2000, validation: 400, test: 400 },
    shape: () => ({ height: defaultLogMel.frames, width: defaultLogMel.bands, channels: 1 }),
    createRenderer: (_, seed) => createSoundRenderer(seed),
    describe: (_, seed) =>
      `Sounds in ${soundNames.length} classes, a second of each at ${defaultLogMel.sampleRate} Hz from seed ${seed}, as log-mel features.`,
  },
  motions: {
    kind: 'series',
    classes: motionNames,
    sized: false,
    counts: { train: 2000, validation: 400, test: 400 },
    shape: () => motionShape,
    createRenderer: (_, seed) => createMotionRenderer(seed),
    describe: (_, seed) =>
      `Motions in ${motionNames.length} classes, as an accelerometer of three axes has them, from seed ${seed}.`,
  },
} as const satisfies Record<string, Drawing>;

export type DrawingName = keyof typeof drawings;

export const isDrawing = (name: string): name is DrawingName => Object.hasOwn(drawings, name);
