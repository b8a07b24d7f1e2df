/** Memory as a core or a debugger sees it. Sizes are 1, 2 or 4 bytes; a place that does not answer throws `BusFault`. */
export interface Bus {
  read(address: number, size: number): number;
  write(address: number, value: number, size: number): void;
}

export class BusFault extends Error {
  readonly address: number;

  constructor(address: number) {
    super(`bus fault at 0x${(address >>> 0).toString(16)}`);
    this.address = address;
  }
}
