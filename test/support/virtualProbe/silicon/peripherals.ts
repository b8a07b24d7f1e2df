/**
 * What a family's peripherals do when firmware starts: which blocks exist, which bit answers which, and the UART. Written
 * from the reference manuals' register maps, apart from the firmware; blocks that are not listed fault.
 */
export interface FamilyPeripherals {
  /** Blocks that exist and that start-up code may touch: `[first byte, last byte]`. */
  readonly blocks: readonly (readonly [name: string, first: number, last: number])[];
  /** Bits that hardware sets while others are set: `[register, bits, answering register, answering bits, who]`. */
  readonly answers: readonly Answer[];
  /** A field that follows another after a switch: clock status follows clock switch. */
  readonly follows: readonly {
    readonly register: number;
    readonly from: readonly [number, number];
    readonly to: number;
  }[];
  /** Registers that do not start as zero. */
  readonly resets: ReadonlyMap<number, number>;
  readonly uart: UartKind;
}

export interface Answer {
  readonly register: number;
  readonly bits: number;
  readonly ready: number;
  readonly readyBits: number;
  readonly name: 'crystal' | 'pll' | 'voltage';
}

export type UartKind = 'stm32-old' | 'stm32-new' | 'nrf-uart' | 'nrf-uarte';

const crystal = (rcc: number): Answer => ({
  register: rcc,
  bits: 1 << 16,
  ready: rcc,
  readyBits: 1 << 17,
  name: 'crystal',
});
const pll = (rcc: number): Answer => ({ register: rcc, bits: 1 << 24, ready: rcc, readyBits: 1 << 25, name: 'pll' });

const f4Rcc = 0x40023800;
const f4: FamilyPeripherals = {
  blocks: [
    ['USART2', 0x40004400, 0x400047ff],
    ['USART3', 0x40004800, 0x40004bff],
    ['PWR', 0x40007000, 0x400073ff],
    ['USART1', 0x40011000, 0x400113ff],
    ['GPIO', 0x40020000, 0x40022bff],
    ['RCC', f4Rcc, 0x40023bff],
    ['FLASH', 0x40023c00, 0x40023fff],
  ],
  answers: [
    crystal(f4Rcc),
    pll(f4Rcc),
    { register: 0x40007000, bits: 1 << 16, ready: 0x40007004, readyBits: 1 << 16, name: 'voltage' },
    { register: 0x40007000, bits: 1 << 17, ready: 0x40007004, readyBits: 1 << 17, name: 'voltage' },
  ],
  follows: [{ register: f4Rcc + 8, from: [0, 2], to: 2 }],
  resets: new Map([[f4Rcc, 0x83]]),
  uart: 'stm32-old',
};

const l4Rcc = 0x40021000;
const l4: FamilyPeripherals = {
  blocks: [
    ['USART2', 0x40004400, 0x400047ff],
    ['USART3', 0x40004800, 0x40004bff],
    ['PWR', 0x40007000, 0x400073ff],
    ['LPUART1', 0x40008000, 0x400083ff],
    ['USART1', 0x40013800, 0x40013bff],
    ['RCC', l4Rcc, 0x400213ff],
    ['FLASH', 0x40022000, 0x400223ff],
    ['GPIO', 0x48000000, 0x480023ff],
  ],
  answers: [crystal(l4Rcc), pll(l4Rcc)],
  follows: [{ register: l4Rcc + 8, from: [0, 2], to: 2 }],
  resets: new Map([[l4Rcc, 0x63]]),
  uart: 'stm32-new',
};

const h7Rcc = 0x58024400;
const u5Rcc = 0x46020c00;

export const familyPeripherals: Readonly<Record<string, FamilyPeripherals>> = {
  stm32f4: f4,
  stm32f7: { ...f4, uart: 'stm32-new' },
  stm32l4: l4,
  stm32l4plus: l4,
  stm32g4: l4,
  stm32h7: {
    blocks: [
      ['USART3', 0x40004800, 0x40004bff],
      ['FLASH', 0x52002000, 0x520023ff],
      ['SYSCFG', 0x58000400, 0x580007ff],
      ['GPIO', 0x58020000, 0x58022bff],
      ['RCC', h7Rcc, 0x580247ff],
      ['PWR', 0x58024800, 0x58024bff],
      ['DBGMCU', 0x5c001000, 0x5c0013ff],
    ],
    answers: [
      crystal(h7Rcc),
      pll(h7Rcc),
      { register: 0x5802480c, bits: 0, ready: 0x58024804, readyBits: 1 << 13, name: 'voltage' },
      { register: 0x58024818, bits: 0, ready: 0x58024818, readyBits: 1 << 13, name: 'voltage' },
    ],
    follows: [{ register: h7Rcc + 0x10, from: [0, 3], to: 3 }],
    resets: new Map([
      [h7Rcc, 0x25],
      [0x5802480c, 6],
      [0x58024818, 1 << 14],
      [0x5c001000, 0x20036450],
    ]),
    uart: 'stm32-new',
  },
  stm32u5: {
    blocks: [
      ['USART1', 0x40013800, 0x40013bff],
      ['FLASH', 0x40022000, 0x400223ff],
      ['ICACHE', 0x40030400, 0x400307ff],
      ['GPIO', 0x42020000, 0x420223ff],
      ['PWR', 0x46020800, 0x46020bff],
      ['RCC', u5Rcc, 0x46020fff],
    ],
    answers: [
      pll(u5Rcc),
      { register: 0x4602080c, bits: 3 << 16, ready: 0x4602080c, readyBits: 1 << 15, name: 'voltage' },
      { register: 0x4602080c, bits: 1 << 18, ready: 0x4602080c, readyBits: 1 << 14, name: 'voltage' },
    ],
    follows: [{ register: u5Rcc + 0x1c, from: [0, 2], to: 2 }],
    resets: new Map([[u5Rcc, 0x35]]),
    uart: 'stm32-new',
  },
  nrf52: {
    blocks: [
      ['CLOCK, APPROTECT', 0x40000000, 0x40000fff],
      ['UART0', 0x40002000, 0x40002fff],
      ['NVMC', 0x4001e000, 0x4001efff],
      ['GPIO', 0x50000000, 0x50000fff],
    ],
    answers: [{ register: 0x40000000, bits: 1, ready: 0x40000100, readyBits: 1, name: 'crystal' }],
    follows: [],
    resets: new Map(),
    uart: 'nrf-uart',
  },
  nrf53: {
    blocks: [
      ['CACHE', 0x50001000, 0x50001fff],
      ['REGULATORS', 0x50004000, 0x50004fff],
      ['CLOCK', 0x50005000, 0x50005fff],
      ['UARTE0', 0x50008000, 0x50008fff],
      ['GPIO', 0x50842500, 0x50842dff],
    ],
    answers: [{ register: 0x50005000, bits: 1, ready: 0x50005100, readyBits: 1, name: 'crystal' }],
    follows: [],
    resets: new Map(),
    uart: 'nrf-uarte',
  },
};
