import { StudioError } from '../contract/index.ts';

/** A function or object of the image. */
export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
  readonly kind: 'function' | 'object' | 'other';
  readonly section: string | null;
}

export interface ElfSection {
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
  /** Takes memory when the program runs. */
  readonly allocated: boolean;
  /** Has bytes in the file (not .bss). */
  readonly hasBytes: boolean;
  readonly writable: boolean;
}

/** A piece of the file with where it is stored (Flash) and where it is when the program runs. */
export interface ElfSegment {
  readonly loadAddress: number;
  readonly runAddress: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** A linked 32-bit little-endian Arm program. */
export interface ElfImage {
  readonly entry: number;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  readonly symbols: readonly ElfSymbol[];
  /** The function that holds this code address, or null. */
  functionAt(address: number): ElfSymbol | null;
  /** @throws StudioError `image.symbol-missing` */
  symbol(name: string): ElfSymbol;
}

const malformed = (file: string, why: string): StudioError =>
  new StudioError({
    code: 'image.malformed',
    message: `${file} is not an Arm ELF program: ${why}.`,
    remedy: 'Build the image again.',
    details: { file, why },
  });

/** A `DataView` whose reads are checked, so that a truncated file ends in one clear error. */
class Reader {
  private readonly view: DataView;
  private readonly file: string;

  constructor(bytes: Uint8Array, file: string) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  private checked(at: number, count: number): number {
    if (at < 0 || at + count > this.view.byteLength) throw malformed(this.file, `it ends before byte ${at + count}`);
    return at;
  }

  u8 = (at: number): number => this.view.getUint8(this.checked(at, 1));
  u16 = (at: number): number => this.view.getUint16(this.checked(at, 2), true);
  u32 = (at: number): number => this.view.getUint32(this.checked(at, 4), true);

  slice(at: number, count: number): Uint8Array {
    this.checked(at, count);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, count).slice();
  }

  text(at: number): string {
    let end = at;
    while (this.u8(end) !== 0) end++;
    return new TextDecoder().decode(this.slice(at, end - at));
  }
}

const WRITE = 1;
const ALLOCATE = 2;
const NO_BITS = 8;
const SYMBOL_TABLE = 2;
const LOAD = 1;
const ARM = 40;

/**
 * Reads an executable (TIS ELF 1.2; ELF for the Arm architecture).
 * @param file its name, for messages
 * @throws StudioError `image.malformed`
 */
export function readElf(bytes: Uint8Array, file: string): ElfImage {
  const read = new Reader(bytes, file);
  if (read.u32(0) !== 0x464c457f) throw malformed(file, 'it does not begin like one');
  if (read.u8(4) !== 1 || read.u8(5) !== 1) throw malformed(file, 'it is not 32-bit little-endian');
  if (read.u16(18) !== ARM) throw malformed(file, 'it is for another processor');
  const segments = readSegments(read);
  const { sections, symbols } = readSections(read);
  const functions = symbols.filter(({ kind }) => kind === 'function').sort((a, b) => a.address - b.address);
  return {
    entry: read.u32(24),
    sections,
    segments,
    symbols,
    functionAt: (address) => lastHolding(functions, address),
    symbol(name) {
      const found = symbols.find((symbol) => symbol.name === name);
      if (found !== undefined) return found;
      throw new StudioError({
        code: 'image.symbol-missing',
        message: `${file} has no symbol ${name}.`,
        remedy: 'Build the image again with this version of MCUNet Studio.',
        details: { file, name },
      });
    },
  };
}

function readSegments(read: Reader): ElfSegment[] {
  const [table, entryBytes, count] = [read.u32(28), read.u16(42), read.u16(44)];
  const headers = Array.from({ length: count }, (_, index) => table + index * entryBytes);
  return headers
    .filter((at) => read.u32(at) === LOAD)
    .map((at) => ({
      runAddress: read.u32(at + 8),
      loadAddress: read.u32(at + 12),
      bytes: read.slice(read.u32(at + 4), read.u32(at + 16)),
      memoryBytes: read.u32(at + 20),
    }));
}

function readSections(read: Reader): { sections: ElfSection[]; symbols: ElfSymbol[] } {
  const [table, entryBytes, count, names] = [read.u32(32), read.u16(46), read.u16(48), read.u16(50)];
  const header = (index: number): number => table + index * entryBytes;
  const offsetOf = (index: number): number => read.u32(header(index) + 16);
  const all = Array.from({ length: count }, (_, index) => {
    const at = header(index);
    const flags = read.u32(at + 8);
    const type = read.u32(at + 4);
    return {
      type,
      link: read.u32(at + 24),
      section: {
        name: read.text(offsetOf(names) + read.u32(at)),
        address: read.u32(at + 12),
        sizeBytes: read.u32(at + 20),
        allocated: (flags & ALLOCATE) !== 0,
        hasBytes: type !== NO_BITS,
        writable: (flags & WRITE) !== 0,
      },
    };
  });
  const symbols = all.flatMap(({ type, link, section }, index) => {
    if (type !== SYMBOL_TABLE) return [];
    return Array.from({ length: Math.floor(section.sizeBytes / 16) }, (_, entry) => {
      const at = offsetOf(index) + entry * 16;
      return readSymbol(read, at, offsetOf(link), (number) => all[number]?.section.name ?? null);
    });
  });
  const sections = all.map(({ section }) => section).filter(({ name }) => name !== '');
  return { sections, symbols: symbols.filter(({ name }) => name !== '' && !name.startsWith('$')) };
}

function readSymbol(
  read: Reader,
  at: number,
  strings: number,
  sectionName: (index: number) => string | null,
): ElfSymbol {
  const type = read.u8(at + 12) & 15;
  const value = read.u32(at + 4);
  return {
    name: read.text(strings + read.u32(at)),
    // A Thumb function's lowest address bit says only that it is Thumb.
    address: type === 2 ? value & ~1 : value,
    sizeBytes: read.u32(at + 8),
    kind: type === 2 ? 'function' : type === 1 ? 'object' : 'other',
    section: sectionName(read.u16(at + 14)),
  };
}

function lastHolding(functions: readonly ElfSymbol[], address: number): ElfSymbol | null {
  const code = (address & ~1) >>> 0;
  let [low, high] = [0, functions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((functions[middle]?.address ?? 0) <= code) low = middle + 1;
    else high = middle;
  }
  const found = functions[low - 1];
  return found !== undefined && code < found.address + Math.max(found.sizeBytes, 1) ? found : null;
}
