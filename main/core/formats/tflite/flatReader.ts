/**
 * A reader of FlatBuffers that trusts nothing: every offset and length is checked against the file before it is used,
 * and the bytes that may be read in all are bounded, so that a file whose parts lie on top of each other cannot make
 * a few bytes count for many. (https://flatbuffers.dev/internals)
 */
import { StudioError } from '../../../contract/index.ts';

/** Read too often: no writer makes a file whose parts are shared so much. */
const READS_PER_BYTE = 8;
const READS_AT_LEAST = 1 << 16;

export class FlatReader {
  readonly bytes: Uint8Array;
  private readonly modelName: string;
  private readonly view: DataView;
  private budget: number;

  constructor(bytes: Uint8Array, modelName: string) {
    this.bytes = bytes;
    this.modelName = modelName;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.budget = bytes.length * READS_PER_BYTE + READS_AT_LEAST;
  }

  /** The table that the file is about. */
  root(what: string): FlatTable {
    return this.tableAt(this.follow(0, what), what);
  }

  tableAt(position: number, what: string): FlatTable {
    const vtable = position - this.int32(position, what);
    const vtableBytes = this.uint16(vtable, what);
    this.check(vtable, vtableBytes, what);
    this.spend(16 + vtableBytes, what);
    return new FlatTable(this, position, vtable, vtableBytes, what);
  }

  /** The position that the unsigned offset at `at` leads to. */
  follow(at: number, what: string): number {
    return at + this.uint32(at, what);
  }

  int8(at: number, what: string): number {
    this.check(at, 1, what);
    return this.view.getInt8(at);
  }

  uint16(at: number, what: string): number {
    this.check(at, 2, what);
    return this.view.getUint16(at, true);
  }

  int32(at: number, what: string): number {
    this.check(at, 4, what);
    return this.view.getInt32(at, true);
  }

  uint32(at: number, what: string): number {
    this.check(at, 4, what);
    return this.view.getUint32(at, true);
  }

  float32(at: number, what: string): number {
    this.check(at, 4, what);
    return this.view.getFloat32(at, true);
  }

  /** A 64-bit integer, as near as a double can hold it. */
  int64(at: number, what: string): number {
    this.check(at, 8, what);
    return Number(this.view.getBigInt64(at, true));
  }

  /** Where a vector's elements start and how many there are: shown to lie within the file. */
  vectorAt(position: number, elementBytes: number, what: string): { start: number; length: number } {
    const length = this.uint32(position, what);
    this.check(position + 4, length * elementBytes, what);
    this.spend(length * elementBytes, what);
    return { start: position + 4, length };
  }

  private check(at: number, length: number, what: string): void {
    if (at >= 0 && at + length <= this.bytes.length) return;
    throw new StudioError({
      code: 'model.truncated',
      message:
        `${this.modelName} is cut short or damaged: its ${what} should lie at bytes ${at} to ${at + length}, ` +
        `but the file has ${this.bytes.length}.`,
      remedy: 'Get the file again from where it came from.',
      details: { what, at, length, fileBytes: this.bytes.length },
    });
  }

  private spend(bytes: number, what: string): void {
    this.budget -= bytes;
    if (this.budget >= 0) return;
    throw new StudioError({
      code: 'model.damaged',
      message: `${this.modelName} is damaged: its parts lie on top of each other (noticed at its ${what}).`,
      remedy: 'Get the file again from where it came from.',
      details: { what, fileBytes: this.bytes.length },
    });
  }
}

/** One table; fields are named by their number in the schema. Absent fields have the schema's default. */
export class FlatTable {
  readonly what: string;
  private readonly reader: FlatReader;
  private readonly position: number;
  private readonly vtable: number;
  private readonly vtableBytes: number;

  constructor(reader: FlatReader, position: number, vtable: number, vtableBytes: number, what: string) {
    this.reader = reader;
    this.position = position;
    this.vtable = vtable;
    this.vtableBytes = vtableBytes;
    this.what = what;
  }

  int8(field: number, absent = 0): number {
    const at = this.place(field);
    return at === null ? absent : this.reader.int8(at, this.what);
  }

  uint8(field: number): number {
    return this.int8(field) & 0xff;
  }

  int32(field: number, absent = 0): number {
    const at = this.place(field);
    return at === null ? absent : this.reader.int32(at, this.what);
  }

  uint32(field: number): number {
    const at = this.place(field);
    return at === null ? 0 : this.reader.uint32(at, this.what);
  }

  int64(field: number): number {
    const at = this.place(field);
    return at === null ? 0 : this.reader.int64(at, this.what);
  }

  float32(field: number): number {
    const at = this.place(field);
    return at === null ? 0 : this.reader.float32(at, this.what);
  }

  has(field: number): boolean {
    return this.place(field) !== null;
  }

  table(field: number, what: string): FlatTable | null {
    const at = this.place(field);
    return at === null ? null : this.reader.tableAt(this.reader.follow(at, what), what);
  }

  /** The tables of a vector; each is read when it is asked for. */
  tables(field: number, what: string): { readonly length: number; at(index: number): FlatTable } {
    const vector = this.vector(field, 4, what);
    return {
      length: vector.length,
      at: (index) => {
        const label = `${what} ${index}`;
        return this.reader.tableAt(this.reader.follow(vector.start + 4 * index, label), label);
      },
    };
  }

  int32s(field: number, what: string): number[] {
    const { start, length } = this.vector(field, 4, what);
    return Array.from({ length }, (_, index) => this.reader.int32(start + 4 * index, what));
  }

  float32s(field: number, what: string): number[] {
    const { start, length } = this.vector(field, 4, what);
    return Array.from({ length }, (_, index) => this.reader.float32(start + 4 * index, what));
  }

  int64s(field: number, what: string): number[] {
    const { start, length } = this.vector(field, 8, what);
    return Array.from({ length }, (_, index) => this.reader.int64(start + 8 * index, what));
  }

  /** A view of a vector of bytes, not a copy. */
  bytes(field: number, what: string): Uint8Array {
    const { start, length } = this.vector(field, 1, what);
    return this.reader.bytes.subarray(start, start + length);
  }

  /** Text as far as it is text: what is not UTF-8 is replaced, since names only serve people. */
  string(field: number, what: string): string {
    return textOf(this.bytes(field, what));
  }

  private vector(field: number, elementBytes: number, what: string): { start: number; length: number } {
    const at = this.place(field);
    if (at === null) return { start: 0, length: 0 };
    return this.reader.vectorAt(this.reader.follow(at, what), elementBytes, what);
  }

  private place(field: number): number | null {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.vtableBytes) return null;
    const offset = this.reader.uint16(this.vtable + entry, this.what);
    return offset === 0 ? null : this.position + offset;
  }
}

const decoder = new TextDecoder();
const LONGEST_TEXT = 400;

/** Control characters (a terminal would obey them) become spaces; what is longer than any real name is cut. */
function textOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes.subarray(0, LONGEST_TEXT));
  return text.replace(/\p{Cc}|\p{Cf}/gu, ' ');
}
