import {
  arrowLeft,
  arrowRight,
  arrowUp,
  bar,
  bendLeft,
  bendRight,
  exclamation,
  pedestrian,
  text,
} from './pictograms.ts';
import { disc, place, polygon, regular, type Shape } from './shapes.ts';

/** Red, green and blue, 0 … 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

export const paint = {
  red: [196, 28, 34],
  blue: [22, 78, 168],
  yellow: [248, 196, 30],
  white: [240, 240, 236],
  black: [24, 24, 26],
} as const satisfies Record<string, Colour>;

/** A class of the dataset: a board of some outline with a border, a field, and perhaps a pictogram. */
export interface Sign {
  readonly name: string;
  readonly outline: Shape;
  /** The border's width in sign units (the sign is 2 wide). */
  readonly borderWidth: number;
  readonly border: Colour;
  readonly field: Colour;
  readonly pictogram: Shape | null;
  readonly ink: Colour;
}

const round = disc(0, 0, 0.98);
const octagon = polygon(regular(8, 1, 1 / 16), 0.02);
const square = polygon(regular(4, 1.1, 1 / 8), 0.12);
const diamond = polygon(regular(4, 0.88, 0), 0.12);
const triangle = place(polygon(regular(3, 0.92, 0.75), 0.14), 0, 0.22);
const triangleDown = place(polygon(regular(3, 0.92, 0.25), 0.14), 0, -0.22);

type Given = Omit<Sign, 'pictogram' | 'ink'> & Partial<Pick<Sign, 'pictogram' | 'ink'>>;
const sign = (given: Given): Sign => ({ pictogram: null, ink: paint.black, ...given });

const prohibition = (name: string, pictogram: Shape | null): Sign =>
  sign({ name, outline: round, borderWidth: 0.22, border: paint.red, field: paint.white, pictogram });

const command = (name: string, pictogram: Shape): Sign =>
  sign({
    name,
    outline: round,
    borderWidth: 0.06,
    border: paint.white,
    field: paint.blue,
    pictogram,
    ink: paint.white,
  });

const warning = (name: string, pictogram: Shape): Sign =>
  sign({
    name,
    outline: triangle,
    borderWidth: 0.19,
    border: paint.red,
    field: paint.white,
    pictogram: place(pictogram, 0, 0.26, 0.95),
  });

const information = (name: string, pictogram: Shape): Sign =>
  sign({
    name,
    outline: square,
    borderWidth: 0.07,
    border: paint.white,
    field: paint.blue,
    pictogram,
    ink: paint.white,
  });

/**
 * The sixteen classes. Several differ in a small pictogram alone (the limits, the bends, the arrows), and several in
 * nothing but outline (stop and no entry are both red with white in the middle), so that neither colour nor outline is
 * enough.
 */
export const signs: readonly Sign[] = [
  sign({
    name: 'stop',
    outline: octagon,
    borderWidth: 0.07,
    border: paint.white,
    field: paint.red,
    pictogram: text('STOP', 0.56),
    ink: paint.white,
  }),
  sign({
    name: 'no-entry',
    outline: round,
    borderWidth: 0.05,
    border: paint.white,
    field: paint.red,
    pictogram: bar,
    ink: paint.white,
  }),
  sign({ name: 'give-way', outline: triangleDown, borderWidth: 0.24, border: paint.red, field: paint.white }),
  sign({ name: 'priority-road', outline: diamond, borderWidth: 0.26, border: paint.white, field: paint.yellow }),
  prohibition('no-vehicles', null),
  prohibition('limit-30', text('30', 0.86)),
  prohibition('limit-50', text('50', 0.86)),
  prohibition('limit-80', text('80', 0.86)),
  command('ahead', arrowUp),
  command('turn-left', arrowLeft),
  command('turn-right', arrowRight),
  warning('danger', exclamation),
  warning('bend-left', bendLeft),
  warning('bend-right', bendRight),
  information('pedestrian-crossing', place(pedestrian, 0, 0.02, 1.05)),
  information('parking', text('P', 1.35)),
];
