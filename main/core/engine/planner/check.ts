/**
 * Replays a finished plan symbolically, byte by byte: every row that a step reads was written and is still there, no
 * step writes over what it reads itself, every row of every output is made once, in the order of the program. It
 * knows nothing of how the plan was found.
 */
import { StudioError } from '../../../contract/index.ts';
import { tensorAt, type Model, type Operator, type TensorId } from '../../graph/index.ts';
import { rowsTouched, type KernelVariant, type RowLayout, type RowShape } from '../kernels/kernel.ts';
import { INPUT_STEP, type Move, type Plan, type PlanBuffer } from '../plan.ts';
import { activationInputs, rowShapeOf } from '../rows.ts';
import { expandProgram } from './program.ts';

const FREE = 0;

/** @throws StudioError `plan.unsound` that names the step, the operator and what is wrong */
export function checkPlan(model: Model, plan: Plan): void {
  new Replay(model, plan).run();
}

/** Bytes of a row, from its start. */
type Stretch = readonly [offset: number, bytes: number];

interface Stretches {
  readonly layout: RowLayout;
  readonly inside: readonly Stretch[];
  readonly pads: readonly Stretch[];
}

class Replay {
  private readonly model: Model;
  private readonly plan: Plan;
  /** Who wrote each byte of the arena last. */
  private readonly owner: Int32Array;
  private readonly owners = new Map<string, number>();
  private readonly done: number[];
  private readonly written = new Set<string>();
  private readonly filled = new Set<PlanBuffer>();
  private step = 0;
  private who = 'the input';
  /** By tensor, for the layout that it had last. */
  private readonly stretches = new Map<TensorId, Stretches>();
  /** The buffer in which each tensor is now. */
  private readonly where = new Map<TensorId, PlanBuffer>();

  constructor(model: Model, plan: Plan) {
    this.model = model;
    this.plan = plan;
    this.owner = new Int32Array(plan.arenaBytes).fill(FREE);
    this.done = plan.operators.map(() => 0);
  }

  run(): void {
    this.checkPieces();
    const [fed] = this.model.inputs;
    this.model.inputs.forEach((id, index) => {
      this.where.set(id, this.bufferAt(this.plan.inputBuffers[index]));
      if (this.plan.inputMode === 'row-fed' && id === fed) return;
      for (let row = 0; row < this.heightOf(id); row++) this.write(id, row);
    });
    let fedRows = 0;
    for (const { from, to, moves, program } of this.plan.segments) {
      for (const move of moves) this.move(move);
      for (let index = from; index < to; index++) this.placeOutputs(index);
      for (const index of expandProgram(program)) {
        if (index === INPUT_STEP) {
          this.who = 'the input';
          if (fed === undefined) this.fail('feeds a row to a model without inputs');
          else this.write(fed, fedRows++);
        } else this.runStep(index);
        this.step++;
      }
    }
    this.checkComplete();
  }

  /** Where the arena is in pieces, every buffer lies in one of them. */
  private checkPieces(): void {
    let border = 0;
    for (const bytes of this.plan.arenaPieces ?? []) {
      border += bytes;
      const across = this.plan.buffers.find(({ offset, bytes: size }) => offset < border && offset + size > border);
      if (across !== undefined) this.fail(`has ${across.name} across the border at ${String(border)}`);
    }
  }

  private runStep(index: number): void {
    const operator = this.model.operators[index];
    const planned = this.plan.operators[index];
    if (operator === undefined || planned === undefined) return this.fail(`there is no operator ${String(index)}`);
    this.who = `operator ${operator.name} (${planned.kernel.name})`;
    const inputs = activationInputs(this.model, operator);
    inputs.forEach((id, place) => this.expectAt(id, this.bufferAt(planned.inputs[place])));
    const step = this.done[index] ?? 0;
    if (step >= planned.kernel.steps) this.fail('does a step too many');
    const reads = this.readsOf(operator, planned.kernel, step);
    for (const { tensor, row } of reads) this.expect(tensor, row, 'reads');
    if (planned.scratch !== null) this.claim(planned.scratch, `scratch ${String(this.step)}`);
    if (planned.state !== null) this.keepState(index, planned.state, step);
    if (step === 0) for (const tensor of operator.outputs) this.fillPads(tensor);
    operator.outputs.forEach((tensor, place) => {
      const access = planned.kernel.outputs[place];
      const [from, to] = access === undefined ? [0, 0] : rowsTouched(access, step, this.heightOf(tensor));
      for (let row = from; row < to; row++) {
        if (this.written.has(this.key(tensor, row)))
          this.fail(`makes row ${String(row)} of ${this.nameOf(tensor)} twice`);
        this.write(tensor, row);
      }
    });
    if (planned.state !== null) this.expectState(index, planned.state);
    if (planned.scratch !== null) this.expectScratch(planned.scratch);
    // A kernel may write before it has read everything.
    const [output] = operator.outputs;
    const overwritten =
      planned.kernel.inPlace === true && output !== undefined ? this.sharedWith(operator, output) : null;
    for (const { tensor, row } of reads)
      if (tensor !== overwritten) this.expect(tensor, row, 'overwrites while it reads');
    this.done[index] = step + 1;
  }

  private placeOutputs(index: number): void {
    this.model.operators[index]?.outputs.forEach((id, place) => {
      this.where.set(id, this.bufferAt(this.plan.operators[index]?.outputs[place]));
    });
  }

  /** The first input, where the first output is written over it, row for row. */
  private sharedWith(operator: Operator, output: TensorId): TensorId | null {
    const [input] = activationInputs(this.model, operator);
    return input !== undefined && this.bufferOf(input) === this.bufferOf(output) ? input : null;
  }

  private readsOf(operator: Operator, kernel: KernelVariant, step: number): { tensor: TensorId; row: number }[] {
    return activationInputs(this.model, operator).flatMap((tensor, place) => {
      const access = kernel.inputs[place];
      if (access === undefined) return [];
      const buffer = this.bufferOf(tensor);
      if (access.whole === true && buffer.ringRows < this.heightOf(tensor))
        this.fail(`needs all of ${this.nameOf(tensor)} in one piece`);
      const [from, to] = rowsTouched(access, step, this.heightOf(tensor));
      return Array.from({ length: to - from }, (_, offset) => ({ tensor, row: from + offset }));
    });
  }

  private checkComplete(): void {
    this.who = 'the end of the plan';
    this.plan.operators.forEach(({ kernel }, index) => {
      if (this.done[index] !== kernel.steps)
        this.fail(`operator ${String(index)} did ${String(this.done[index])} of ${String(kernel.steps)} steps`);
    });
    for (const operator of this.model.operators) {
      for (const tensor of operator.outputs) {
        for (let row = 0; row < this.heightOf(tensor); row++) {
          if (!this.written.has(this.key(tensor, row)))
            this.fail(`row ${String(row)} of ${this.nameOf(tensor)} was never made`);
        }
      }
    }
    this.model.outputs.forEach((tensor, index) => this.expectAt(tensor, this.bufferAt(this.plan.outputBuffers[index])));
    for (const tensor of this.model.outputs) {
      for (let row = 0; row < this.heightOf(tensor); row++) this.expect(tensor, row, 'gives back');
    }
  }

  private write(tensor: TensorId, row: number): void {
    const id = this.idOf(this.key(tensor, row));
    this.written.add(this.key(tensor, row));
    const start = this.rowOffset(this.bufferOf(tensor), row);
    for (const [offset, bytes] of this.stretchesOf(tensor).inside) this.own(start + offset, bytes, id);
  }

  /** The pads of planar outputs are filled in the first step, whether it makes a row or not. */
  private fillPads(tensor: TensorId): void {
    const buffer = this.bufferOf(tensor);
    if (buffer.layout.kind !== 'planar' || this.filled.has(buffer)) return;
    this.filled.add(buffer);
    this.own(buffer.offset, buffer.bytes, this.idOf(this.padKey(buffer)));
  }

  private expect(tensor: TensorId, row: number, verb: string): void {
    const buffer = this.bufferOf(tensor);
    const start = this.rowOffset(buffer, row);
    const { inside, pads } = this.stretchesOf(tensor);
    const wrong = this.notOwnedBy(this.idOf(this.key(tensor, row)), start, inside);
    if (wrong !== null)
      this.fail(
        `${verb} row ${String(row)} of ${this.nameOf(tensor)}, but byte ${String(wrong)} holds ${this.ownerName(wrong)}`,
      );
    if (pads.length === 0) return;
    const lost = this.notOwnedBy(this.idOf(this.padKey(buffer)), start, pads);
    if (lost !== null)
      this.fail(
        `${verb} the padding of row ${String(row)} of ${this.nameOf(tensor)}, but byte ${String(lost)} holds ${this.ownerName(lost)}`,
      );
  }

  /** The first byte of these stretches that somebody else has, or null. */
  private notOwnedBy(id: number, start: number, stretches: readonly Stretch[]): number | null {
    const { owner } = this;
    for (const [offset, bytes] of stretches) {
      const end = start + offset + bytes;
      for (let byte = start + offset; byte < end; byte++) if (owner[byte] !== id) return byte;
    }
    return null;
  }

  private rowOffset(buffer: PlanBuffer, row: number): number {
    return buffer.offset + (row % buffer.ringRows) * buffer.rowBytes;
  }

  /** What of a row its producer writes, and what of it is padding. */
  private stretchesOf(tensor: TensorId): Stretches {
    const { layout, rowBytes } = this.bufferOf(tensor);
    const known = this.stretches.get(tensor);
    if (known?.layout === layout) return known;
    const inside = interiorOf(layout, rowShapeOf(tensorAt(this.model, tensor)));
    const found = { layout, inside, pads: layout.kind === 'planar' ? between(inside, rowBytes) : [] };
    this.stretches.set(tensor, found);
    return found;
  }

  private claim(index: number, name: string): void {
    const buffer = this.plan.buffers[index];
    if (buffer !== undefined) this.own(buffer.offset, buffer.bytes, this.idOf(name));
  }

  private keepState(operator: number, index: number, step: number): void {
    if (step > 0) this.expectState(operator, index);
    this.claim(index, `state ${String(operator)}`);
  }

  private expectState(operator: number, index: number): void {
    this.expectBuffer(index, `state ${String(operator)}`);
  }

  private expectScratch(index: number): void {
    this.expectBuffer(index, `scratch ${String(this.step)}`);
  }

  private expectBuffer(index: number, name: string): void {
    const buffer = this.plan.buffers[index];
    if (buffer === undefined) return this.fail(`there is no buffer ${String(index)}`);
    const id = this.idOf(name);
    for (let byte = buffer.offset; byte < buffer.offset + buffer.bytes; byte++) {
      if (this.owner[byte] !== id) this.fail(`loses its ${name}: byte ${String(byte)} holds ${this.ownerName(byte)}`);
    }
  }

  private own(start: number, bytes: number, id: number): void {
    if (start < 0 || start + bytes > this.plan.arenaBytes)
      this.fail(`writes bytes ${String(start)} to ${String(start + bytes)}, outside the arena`);
    this.owner.fill(id, start, start + bytes);
  }

  private bufferOf(tensor: TensorId): PlanBuffer {
    const buffer = this.where.get(tensor);
    if (buffer === undefined) throw this.error(`${this.nameOf(tensor)} has no place in the arena`);
    return buffer;
  }

  private bufferAt(index: number | undefined): PlanBuffer {
    const buffer = this.plan.buffers[index ?? -1];
    if (buffer === undefined) throw this.error(`there is no buffer ${String(index)}`);
    return buffer;
  }

  private expectAt(tensor: TensorId, buffer: PlanBuffer): void {
    if (this.bufferOf(tensor) !== buffer)
      this.fail(`looks for ${this.nameOf(tensor)} at ${String(buffer.offset)}, where it is not`);
  }

  /** Whoever owns the bytes owns the copies; what the copies lie on is lost. */
  private move({ from, to, start, bytes }: Move): void {
    const [source, target] = [this.bufferAt(from), this.bufferAt(to)];
    this.who = `the move of ${source.name}`;
    const owners = this.owner.slice(source.offset + start, source.offset + start + bytes);
    if (target.offset + start + bytes > this.plan.arenaBytes) this.fail('leaves the arena');
    this.owner.set(owners, target.offset + start);
    for (const [tensor, buffer] of this.where) if (buffer === source) this.where.set(tensor, target);
  }

  private heightOf(tensor: TensorId): number {
    return rowShapeOf(tensorAt(this.model, tensor)).height;
  }

  private nameOf(tensor: TensorId): string {
    return this.model.tensors[tensor]?.name ?? String(tensor);
  }

  private key(tensor: TensorId, row: number): string {
    return `row ${String(row)} of ${this.nameOf(tensor)} (tensor ${String(tensor)})`;
  }

  private padKey(buffer: PlanBuffer): string {
    return `padding of ${buffer.name}`;
  }

  private idOf(key: string): number {
    const known = this.owners.get(key);
    if (known !== undefined) return known;
    this.owners.set(key, this.owners.size + 1);
    return this.owners.size;
  }

  private ownerName(byte: number): string {
    for (const [key, id] of this.owners) if (id === this.owner[byte]) return key;
    return 'nothing yet';
  }

  private error(what: string): StudioError {
    return new StudioError({
      code: 'plan.unsound',
      message: `The plan of ${this.model.name} is wrong: in step ${String(this.step)} ${this.who} ${what}.`,
      remedy: 'This is a mistake of the planner: please report it with the model, or build with --plan layers.',
      details: { step: this.step, who: this.who, what },
    });
  }

  private fail(what: string): never {
    throw this.error(what);
  }
}

function interiorOf(layout: RowLayout, { width, channels }: RowShape): readonly Stretch[] {
  if (layout.kind === 'hwc') return [[0, width * channels]];
  return Array.from({ length: channels }, (_, c): Stretch => [layout.padLeft + c * layout.channelBytes, width]);
}

/** What lies before, between and after ascending stretches of a row. */
function between(stretches: readonly Stretch[], rowBytes: number): readonly Stretch[] {
  const gaps: Stretch[] = [];
  let from = 0;
  for (const [offset, bytes] of [...stretches, [rowBytes, 0] as const]) {
    if (offset > from) gaps.push([from, offset - from]);
    from = offset + bytes;
  }
  return gaps;
}
