/** The plan as the tables that the generated driver reads. */
import { tensorAt, zeroPointOf, type Model, type TensorId } from '../../graph/index.ts';
import type { EmittedKernel, RowAccess } from '../kernels/kernel.ts';
import { INPUT_STEP, type Plan, type StepGroup } from '../plan.ts';
import { activationInputs, rowShapeOf } from '../rows.ts';

/** Where the rows of a tensor are. */
export interface PlaceRow {
  readonly buffer: number;
  readonly offset: number;
  readonly rowBytes: number;
  readonly ringRows: number;
  readonly height: number;
}

/** Which rows a step touches: `scale · step + start`, or an entry of a table. */
export interface AccessRow {
  readonly place: number;
  readonly count: number;
  readonly scale: number;
  readonly start: number;
  /** Index into `tables`, or null. */
  readonly table: number | null;
}

export interface OperatorRow {
  readonly emitted: EmittedKernel;
  readonly access: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly scratchOffset: number;
  readonly stateOffset: number;
  /** The zero point with which rows outside the image are filled; null where none is read. */
  readonly edge: number | null;
  /** First of the buffers to fill before the first step, and how many. */
  readonly fill: number;
  readonly fills: number;
}

export interface FillRow {
  readonly offset: number;
  readonly bytes: number;
  readonly value: number;
}

export interface MoveRow {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export interface Tables {
  readonly places: readonly PlaceRow[];
  readonly accesses: readonly AccessRow[];
  readonly tables: readonly (readonly number[])[];
  readonly operators: readonly OperatorRow[];
  readonly fills: readonly FillRow[];
  /** Zero point → bytes of the row of zero points. */
  readonly edges: ReadonlyMap<number, number>;
  readonly program: readonly StepGroup[];
  readonly moves: readonly MoveRow[];
  /** The most row pointers that a step takes, for inputs and for outputs. */
  readonly mostInputRows: number;
  readonly mostOutputRows: number;
}

export function tablesOf(model: Model, plan: Plan, emitted: readonly EmittedKernel[]): Tables {
  const builder = new TableBuilder(model, plan);
  return builder.build(emitted);
}

class TableBuilder {
  private readonly model: Model;
  private readonly plan: Plan;
  private readonly places: PlaceRow[] = [];
  /** By buffer. */
  private readonly placeOf = new Map<number, number>();
  private readonly accesses: AccessRow[] = [];
  private readonly tables: number[][] = [];
  private readonly fills: FillRow[] = [];
  private readonly edges = new Map<number, number>();

  constructor(model: Model, plan: Plan) {
    this.model = model;
    this.plan = plan;
    plan.buffers.forEach((buffer, index) => {
      const [tensor] = buffer.tensors;
      if (tensor === undefined) return;
      this.placeOf.set(index, this.places.length);
      const { offset, rowBytes, ringRows } = buffer;
      this.places.push({
        buffer: index,
        offset,
        rowBytes,
        ringRows,
        height: rowShapeOf(tensorAt(model, tensor)).height,
      });
    });
  }

  build(emitted: readonly EmittedKernel[]): Tables {
    let [mostInputRows, mostOutputRows] = [1, 1];
    const operators = emitted.map((kernel, index): OperatorRow => {
      const row = this.operatorRow(index, kernel);
      const accesses = this.accesses.slice(row.access);
      const rows = (list: readonly AccessRow[]): number => list.reduce((total, { count }) => total + count, 0);
      mostInputRows = Math.max(mostInputRows, rows(accesses.slice(0, row.inputs)));
      mostOutputRows = Math.max(mostOutputRows, rows(accesses.slice(row.inputs)));
      return row;
    });
    const { places, accesses, tables, fills, edges } = this;
    const [moves, program] = this.movesAndProgram();
    return { places, accesses, tables, operators, fills, edges, program, moves, mostInputRows, mostOutputRows };
  }

  /** In the program a move is one more operator: their numbers go on after those of the operators. */
  private movesAndProgram(): [MoveRow[], StepGroup[]] {
    const moves: MoveRow[] = [];
    const program = this.plan.segments.flatMap((segment): StepGroup[] => {
      const codes = segment.moves.map(({ from, to, start, bytes }) => {
        const offset = (buffer: number): number => (this.plan.buffers[buffer]?.offset ?? 0) + start;
        moves.push({ from: offset(from), to: offset(to), bytes });
        return this.plan.operators.length + moves.length - 1;
      });
      return codes.length === 0 ? [...segment.program] : [{ count: 1, operators: codes }, ...segment.program];
    });
    return [moves, program];
  }

  private operatorRow(index: number, emitted: EmittedKernel): OperatorRow {
    const operator = this.model.operators[index];
    const planned = this.plan.operators[index];
    if (operator === undefined || planned === undefined) throw new RangeError(`no operator ${String(index)}`);
    const access = this.accesses.length;
    const fill = this.fills.length;
    const { kernel } = planned;
    const inputs = activationInputs(this.model, operator);
    planned.inputs.forEach((buffer, place) => this.addAccess(buffer, kernel.inputs[place], kernel.steps));
    planned.outputs.forEach((buffer, place) => this.addAccess(buffer, kernel.outputs[place], kernel.steps));
    for (const place of planned.outputs) this.addFill(place);
    return {
      emitted,
      access,
      inputs: inputs.length,
      outputs: operator.outputs.length,
      scratchOffset: this.offsetOf(planned.scratch),
      stateOffset: this.offsetOf(planned.state),
      edge: this.addEdge(inputs[0], kernel.edgeRowBytes),
      fill,
      fills: this.fills.length - fill,
    };
  }

  private offsetOf(buffer: number | null): number {
    return buffer === null ? 0 : (this.plan.buffers[buffer]?.offset ?? 0);
  }

  private addAccess(buffer: number, access: RowAccess | undefined, steps: number): void {
    const place = this.placeOf.get(buffer);
    if (place === undefined || access === undefined) throw new RangeError(`buffer ${String(buffer)} has no place`);
    if (access.whole === true) {
      this.accesses.push({ place, count: 1, scale: 0, start: 0, table: null });
      return;
    }
    const rows = Array.from({ length: steps }, (_, step) => access.first(step));
    const start = rows[0] ?? 0;
    const scale = (rows[1] ?? start) - start;
    const straight = rows.every((row, step) => row === start + scale * step);
    if (!straight) this.tables.push(rows);
    this.accesses.push({ place, count: access.count, scale, start, table: straight ? null : this.tables.length - 1 });
  }

  private addFill(index: number): void {
    const buffer = this.plan.buffers[index];
    const [tensor] = buffer?.tensors ?? [];
    if (buffer?.layout.kind !== 'planar' || tensor === undefined) return;
    this.fills.push({ offset: buffer.offset, bytes: buffer.bytes, value: zeroPointOf(tensorAt(this.model, tensor)) });
  }

  private addEdge(input: TensorId | undefined, bytes: number): number | null {
    if (input === undefined || bytes === 0) return null;
    const zero = zeroPointOf(tensorAt(this.model, input));
    this.edges.set(zero, Math.max(this.edges.get(zero) ?? 0, bytes));
    return zero;
  }
}

/** The program as the numbers that the driver walks: count, length, operators; ends with a count of 0. */
export function encodeProgram(groups: readonly StepGroup[], inputCode: number): number[] {
  const most = inputCode;
  const codes: number[] = [];
  for (const { count, operators } of groups) {
    for (let start = 0; start < operators.length; start += most) {
      const part = operators.slice(start, start + most).map((index) => (index === INPUT_STEP ? inputCode : index));
      if (operators.length > most && count > 1) throw new RangeError('a repeated group is too long for the program');
      for (let left = count; left > 0; left -= most) codes.push(Math.min(left, most), part.length, ...part);
    }
  }
  return [...codes, 0];
}
