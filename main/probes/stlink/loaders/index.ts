/**
 * Code that runs in the chip's RAM and programs its Flash, as words; the sources stand beside (`*.S`), and a test
 * assembles them again. All of them take r0 source, r1 destination, r2 units, r3 status register, and leave r0 = error bits.
 */
export interface Loader {
  readonly words: Uint32Array;
  /** What the Flash programs at once; the source is padded to it. */
  readonly unitBytes: number;
}

export const stm32f4Loader: Loader = {
  unitBytes: 4,
  words: Uint32Array.of(
    ...[0xf850b172, 0xf8414b04, 0xf3bf4b04, 0x681c8f4f, 0x3f80f414, 0xf014d1fb, 0xd10204f2, 0xe7ef3a01],
    ...[0x46202400, 0x0000be00],
  ),
};

export const stm32l4Loader: Loader = {
  unitBytes: 8,
  words: Uint32Array.of(
    ...[0x36faf24c, 0xf850b18a, 0xf8504b04, 0xf8415b04, 0xf8414b04, 0xf3bf5b04, 0x681c8f4f, 0x3f80f414],
    ...[0x4034d1fb, 0x3a01d102, 0x2400e7ec, 0xbe004620],
  ),
};

export const stm32h7Loader: Loader = {
  unitBytes: 32,
  words: Uint32Array.of(
    ...[0xf2c02600, 0xb18276ee, 0xf8502508, 0xf8414b04, 0x3d014b04, 0xf3bfd1f9, 0x681c8f4f, 0x0f07f014],
    ...[0x4034d1fb, 0x3a01d102, 0x2400e7ed, 0xbe004620],
  ),
};
