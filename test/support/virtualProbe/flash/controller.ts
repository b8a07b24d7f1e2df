/** One erase sector, by its offset from the start of Flash. */
export interface Sector {
  readonly offset: number;
  readonly bytes: number;
}

/** What a test does to the Flash: bits that stick, sectors that are protected, readout protection. */
export interface FlashFaults {
  /** Offset of a byte in which one bit cannot be programmed, or null. */
  readonly badCell: number | null;
  /** Sectors that refuse erase and programming. */
  readonly writeProtected: ReadonlySet<number>;
  /** Whether a debugger may read Flash. */
  readonly readProtected: boolean;
}

/**
 * A Flash controller in front of an array of cells: what the reference manual says that its registers do, without the
 * time it takes. A store into Flash goes through `program`; nothing else writes cells.
 */
export interface FlashController {
  readonly registersAt: number;
  readonly registersBytes: number;
  readRegister(offset: number): number;
  writeRegister(offset: number, value: number): void;
  program(offset: number, value: number, bytes: number): void;
  readonly readProtected: boolean;
  /** Lifts readout protection, where a port beside the controller can. */
  unlock?(): void;
  /** What a system reset does to the registers. */
  reset(): void;
}

/** The cells: erased to ones, programmed to zeros, counting what is done to them. */
export class FlashArray {
  readonly cells: Uint8Array;
  readonly view: DataView;
  erasedSectors = 0;
  programmedBytes = 0;
  private lastSector = 0;

  readonly sectors: readonly Sector[];
  readonly faults: FlashFaults;

  constructor(sectors: readonly Sector[], faults: FlashFaults) {
    this.sectors = sectors;
    this.faults = faults;
    const last = sectors[sectors.length - 1];
    this.cells = new Uint8Array(last === undefined ? 0 : last.offset + last.bytes).fill(0xff);
    this.view = new DataView(this.cells.buffer);
  }

  sectorOf(offset: number): number {
    const before = this.sectors[this.lastSector];
    if (before !== undefined && offset >= before.offset && offset < before.offset + before.bytes)
      return this.lastSector;
    this.lastSector = this.search(offset);
    return this.lastSector;
  }

  private search(offset: number): number {
    return this.sectors.findIndex((sector) => offset >= sector.offset && offset < sector.offset + sector.bytes);
  }

  erase(index: number): void {
    const sector = this.sectors[index];
    if (sector === undefined) return;
    this.cells.fill(0xff, sector.offset, sector.offset + sector.bytes);
    this.erasedSectors += 1;
  }

  eraseAll(): void {
    this.cells.fill(0xff);
    this.erasedSectors += this.sectors.length;
  }

  /** Clears bits, as programming does; the bad cell keeps one bit that should change. */
  program(offset: number, value: number, bytes: number): void {
    for (let at = 0; at < bytes; at++) {
      const place = offset + at;
      const wanted = (value >>> (8 * at)) & 0xff;
      const stored = this.faults.badCell === place ? wanted ^ 0x10 : wanted;
      this.cells[place] = (this.cells[place] ?? 0) & stored;
    }
    this.programmedBytes += bytes;
  }
}

/** Unlocks after two keys in order, as every ST controller does; a wrong key leaves it locked. */
export class KeyLock {
  private step = 0;
  locked = true;

  private readonly first: number;
  private readonly second: number;

  constructor(first: number, second: number) {
    this.first = first;
    this.second = second;
  }

  write(key: number): void {
    if (this.step === 1 && key >>> 0 === this.second) this.locked = false;
    this.step = key >>> 0 === this.first ? 1 : 0;
  }

  lock(): void {
    this.locked = true;
    this.step = 0;
  }
}

export function equalSectors(count: number, bytes: number): Sector[] {
  return Array.from({ length: count }, (_, at) => ({ offset: at * bytes, bytes }));
}

/** Sectors from runs of `[count, KiB]`. */
export function sectorRuns(...runs: readonly (readonly [count: number, kib: number])[]): Sector[] {
  const sectors: Sector[] = [];
  let offset = 0;
  for (const [count, kib] of runs) {
    for (let at = 0; at < count; at++, offset += kib * 1024) sectors.push({ offset, bytes: kib * 1024 });
  }
  return sectors;
}
