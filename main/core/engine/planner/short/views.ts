/** One way to choose kernels for a chain: the kernel of each link, the rows of each tensor, where the cuts may be. */
import type { KernelVariant, RowLayout } from '../../kernels/kernel.ts';
import { isCutPlace } from '../search.ts';
import { UNKNOWN, WAYS, type Candidate, type Chain, type Link } from './links.ts';

/** Tensor 0 is the input, tensor i + 1 what link i makes. */
export interface View {
  readonly chain: Chain;
  readonly kernels: readonly KernelVariant[];
  readonly candidates: readonly Candidate[];
  /** Which of its link's candidates each is. */
  readonly chosen: Uint8Array;
  readonly layouts: readonly (RowLayout | null)[];
  readonly rowBytes: Float64Array;
  /** Links that write over their first input. */
  readonly inPlace: Uint8Array;
}

/** The links that read each tensor, as a count and the last of them. */
export interface Readers {
  readonly count: Uint16Array;
  /** The last reader; the tensor's own producer's successor where there is none. */
  readonly last: Int32Array;
}

export function readersOf({ links }: Chain): Readers {
  const count = new Uint16Array(links.length + 1);
  const last = new Int32Array(links.length + 1);
  for (let tensor = 0; tensor <= links.length; tensor++) last[tensor] = tensor;
  links.forEach(({ inputs }, index) => {
    for (const back of inputs) {
      count[index + 1 - back]++;
      last[index + 1 - back] = index;
    }
  });
  return { count, last };
}

/** How good a candidate is for a link; the smallest wins. */
export type Score = (candidate: Candidate, link: number) => number;

/**
 * As `KernelChoices.assign`: from the last link to the first, the best that writes what the reader wants.
 *
 * @param way where the scores are those of a way, so that answers can be kept
 */
export function viewOf(chain: Chain, readers: Readers, way: number | null, score: Score): View | null {
  const { links } = chain;
  const count = links.length;
  const chosen = new Uint8Array(count);
  const kernels = new Array<KernelVariant>(count);
  const candidates = new Array<Candidate>(count);
  const layouts = new Array<RowLayout | null>(count + 1).fill(null);
  for (let index = count - 1; index >= 0; index--) {
    const link = links[index];
    const question = { chain, readers, link, index, mustWritePlanar: layouts[index + 1] !== null };
    const best = way === null ? bestCandidate(question, score) : keptCandidate(question, way, score);
    if (best < 0) return null;
    chosen[index] = best;
    const candidate = link.candidates[best];
    candidates[index] = candidate;
    kernels[index] = candidate.kernel;
    if (!candidate.readsPlanar) continue;
    link.inputs.forEach((back, place) => {
      const layout = candidate.kernel.inputLayouts[place];
      if (layout.kind === 'planar') layouts[index + 1 - back] = layout;
    });
  }
  return { chain, kernels, candidates, chosen, layouts, ...rowsOf(chain, readers, kernels, layouts) };
}

interface Question {
  readonly chain: Chain;
  readonly readers: Readers;
  readonly link: Link;
  readonly index: number;
  readonly mustWritePlanar: boolean;
}

function keptCandidate(question: Question, way: number, score: Score): number {
  const { chain, readers, link, index, mustWritePlanar } = question;
  // All that the answer depends on: whether the output must be planar, and which of the inputs may be.
  let place = 2 * way + (mustWritePlanar ? 1 : 0);
  for (let input = 0; input < link.inputs.length; input++) {
    if (input > 1) return bestCandidate(question, score);
    if (mayBePlanar(chain, readers, index, link.inputs[input])) place += (2 * WAYS) << input;
  }
  if (link.answers[place] === UNKNOWN) link.answers[place] = bestCandidate(question, score);
  return link.answers[place];
}

function bestCandidate(question: Question, score: Score): number {
  const { link, index, mustWritePlanar } = question;
  const { candidates } = link;
  let [best, least] = [-1, Infinity];
  for (let place = 0; place < candidates.length; place++) {
    const candidate = candidates[place];
    if (mustWritePlanar && !candidate.kernel.writesPlanar) continue;
    if (candidate.readsPlanar && !mayRead(question, candidate)) continue;
    const scored = score(candidate, index);
    if (scored < least) [best, least] = [place, scored];
  }
  return best;
}

function mayRead({ chain, readers, link, index }: Question, { kernel }: Candidate): boolean {
  return link.inputs.every(
    (back, input) => kernel.inputLayouts[input].kind !== 'planar' || mayBePlanar(chain, readers, index, back),
  );
}

function mayBePlanar({ links }: Chain, { count }: Readers, index: number, back: number): boolean {
  const producer = index - back;
  return producer >= 0 && count[producer + 1] === 1 && links[producer].mayWritePlanar;
}

function rowsOf(
  { links, inputRowBytes, inputHeight }: Chain,
  { count }: Readers,
  kernels: readonly KernelVariant[],
  layouts: readonly (RowLayout | null)[],
): Pick<View, 'rowBytes' | 'inPlace'> {
  const rowBytes = new Float64Array(links.length + 1);
  const inPlace = new Uint8Array(links.length);
  const heightOf = (tensor: number): number => (tensor === 0 ? inputHeight : links[tensor - 1].height);
  for (let tensor = 0; tensor <= links.length; tensor++) {
    const layout = layouts[tensor];
    rowBytes[tensor] =
      layout?.kind === 'planar' ? layout.rowBytes : tensor === 0 ? inputRowBytes : links[tensor - 1].rowBytes;
  }
  for (let index = 0; index < links.length; index++) {
    if (kernels[index].inPlace !== true) continue;
    const [input, output] = [index + 1 - links[index].inputs[0], index + 1];
    const fits =
      count[input] === 1 &&
      layouts[input] === null &&
      layouts[output] === null &&
      heightOf(input) === heightOf(output) &&
      rowBytes[input] === rowBytes[output];
    if (fits) inPlace[index] = 1;
  }
  return { rowBytes, inPlace };
}

/** The places between links where segments may be cut, or null where more than one tensor crosses one of them. */
export function placesOf(view: View, readers: Readers): number[] | null {
  const { chain, rowBytes, inPlace } = view;
  const count = chain.links.length;
  const crossing = new Float64Array(count + 1);
  const tensors = new Uint8Array(count + 1);
  for (let tensor = 0; tensor <= count; tensor++) {
    const height = tensor === 0 ? chain.inputHeight : chain.links[tensor - 1].height;
    const bytes = height * rowBytes[tensor];
    for (let place = tensor; place <= readers.last[tensor]; place++) {
      crossing[place] += bytes;
      tensors[place]++;
    }
  }
  const places: number[] = [];
  for (let place = 0; place <= count; place++) {
    if (!isCutPlace(crossing, place, place < count && inPlace[place] === 1)) continue;
    if (tensors[place] !== 1 || view.layouts[place] !== null) return null;
    places.push(place);
  }
  return places;
}
