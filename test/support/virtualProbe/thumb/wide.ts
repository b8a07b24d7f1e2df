import { shiftType, signExtend, type Stop, type ThumbCore } from './core.ts';

/** The 32-bit instructions (DDI 0403E A5.3). `op` and `op2` are the two halfwords. */
export function executeWide(core: ThumbCore, op: number, op2: number): Stop | null {
  if ((op & 0xf800) === 0xf000) return op2 & 0x8000 ? branches(core, op, op2) : immediates(core, op, op2);
  if ((op & 0xfe00) === 0xea00) return shiftedRegister(core, op, op2);
  if ((op & 0xfe00) === 0xf800) return loadStoreSingle(core, op, op2);
  if ((op & 0xfff0) === 0xe8d0 && (op2 & 0xffe0) === 0xf000) return tableBranch(core, op, op2);
  if ((op & 0xfe40) === 0xe840) return loadStoreDual(core, op, op2);
  if ((op & 0xfe40) === 0xe800) return loadStoreMultiple(core, op, op2);
  if ((op & 0xfff0) === 0xfab0 && (op2 & 0xf0f0) === 0xf080) {
    core.set((op2 >>> 8) & 15, Math.clz32(core.get(op2 & 15)));
    return null;
  }
  if ((op & 0xfff0) === 0xfa90 && (op2 & 0xf0f0) === 0xf080) {
    const m = core.get(op2 & 15);
    core.set((op2 >>> 8) & 15, (m >>> 24) | ((m >>> 8) & 0xff00) | ((m << 8) & 0xff0000) | (m << 24));
    return null;
  }
  if ((op & 0xff80) === 0xfa00) return registerShiftOrExtend(core, op, op2);
  if ((op & 0xff80) === 0xfb00) return multiply(core, op, op2);
  if ((op & 0xff80) === 0xfb80) return longMultiplyOrDivide(core, op, op2);
  return 'undefined';
}

function branches(core: ThumbCore, op: number, op2: number): Stop | null {
  const sign = (op >>> 10) & 1;
  const j1 = (op2 >>> 13) & 1;
  const j2 = (op2 >>> 11) & 1;
  const low = (op2 & 0x7ff) << 1;
  if ((op2 & 0x1000) !== 0) {
    const i1 = ~(j1 ^ sign) & 1;
    const i2 = ~(j2 ^ sign) & 1;
    const offset = (sign ? 0xff000000 : 0) | (i1 << 23) | (i2 << 22) | ((op & 0x3ff) << 12) | low;
    if (op2 & 0x4000) core.set(14, (core.get(15) + 4) | 1);
    core.branch(core.pcValue + offset);
    return null;
  }
  if ((op2 & 0x5000) !== 0) return 'undefined';
  if (((op >>> 6) & 14) !== 14) {
    const offset = (sign ? 0xfff00000 : 0) | (j2 << 19) | (j1 << 18) | ((op & 63) << 12) | low;
    if (core.holds((op >>> 6) & 15)) core.branch(core.pcValue + offset);
    return null;
  }
  const primaskNumber = 0x10;
  if ((op & 0xffe0) === 0xf380) {
    if ((op2 & 0xff) === primaskNumber) core.primask = core.get(op & 15) & 1;
    return null;
  }
  if ((op & 0xffe0) === 0xf3e0) {
    core.set((op2 >>> 8) & 15, (op2 & 0xff) === primaskNumber ? core.primask : 0);
    return null;
  }
  // Barriers and hints change nothing that one could see on an in-order model.
  return (op & 0xfff0) === 0xf3b0 || (op & 0xfff0) === 0xf3a0 ? null : 'undefined';
}

/** ThumbExpandImm_C (A5.3.2). */
function expand(core: ThumbCore, immediate: number, setCarry: boolean): number {
  const byte = immediate & 0xff;
  const pattern = immediate >>> 8;
  if (pattern === 0) return byte;
  if (pattern === 1) return (byte | (byte << 16)) >>> 0;
  if (pattern === 2) return ((byte << 8) | (byte << 24)) >>> 0;
  if (pattern === 3) return (byte | (byte << 8) | (byte << 16) | (byte << 24)) >>> 0;
  return core.shift(0x80 | (immediate & 0x7f), shiftType.rotate, immediate >>> 7, setCarry);
}

function immediates(core: ThumbCore, op: number, op2: number): Stop | null {
  const n = op & 15;
  const d = (op2 >>> 8) & 15;
  const immediate = (((op >>> 10) & 1) << 11) | (((op2 >>> 12) & 7) << 8) | (op2 & 255);
  if ((op & 0x200) === 0) {
    const code = (op >>> 5) & 15;
    const setFlags = (op & 0x10) !== 0;
    return dataProcessing(core, code, n, d, expand(core, immediate, setFlags && code <= 4), setFlags);
  }
  const base = n === 15 ? core.pcValue & ~3 : core.get(n);
  const lsb = (((op2 >>> 12) & 7) << 2) | ((op2 >>> 6) & 3);
  switch ((op >>> 4) & 31) {
    case 0x00: // ADDW
      core.set(d, base + immediate);
      return null;
    case 0x0a: // SUBW
      core.set(d, base - immediate);
      return null;
    case 0x04: // MOVW
      core.set(d, (n << 12) | immediate);
      return null;
    case 0x0c: // MOVT
      core.set(d, (core.get(d) & 0xffff) | (((n << 12) | immediate) << 16));
      return null;
    case 0x16: {
      // BFI, BFC
      const mask = fieldMask(lsb, (op2 & 31) - lsb + 1);
      const inserted = n === 15 ? 0 : (core.get(n) << lsb) & mask;
      core.set(d, (core.get(d) & ~mask) | inserted);
      return null;
    }
    case 0x14: {
      // SBFX
      const width = (op2 & 31) + 1;
      core.set(d, signExtend((core.get(n) & fieldMask(lsb, width)) >>> lsb, width));
      return null;
    }
    case 0x1c: // UBFX
      core.set(d, (core.get(n) & fieldMask(lsb, (op2 & 31) + 1)) >>> lsb);
      return null;
    default:
      return 'undefined';
  }
}

/** TBB, TBH. */
function tableBranch(core: ThumbCore, op: number, op2: number): null {
  const base = core.readOperand(op & 15);
  const index = core.get(op2 & 15);
  const half = (op2 & 0x10) !== 0;
  const entry = half ? core.bus.read(base + index * 2, 2) : core.bus.read(base + index, 1);
  core.branch(core.pcValue + entry * 2);
  return null;
}

function fieldMask(lsb: number, width: number): number {
  return (width >= 32 ? 0xffffffff : (1 << width) - 1) << lsb;
}

function shiftedRegister(core: ThumbCore, op: number, op2: number): Stop | null {
  const setFlags = (op & 0x10) !== 0;
  const code = (op >>> 5) & 15;
  const type = (op2 >>> 4) & 3;
  const encoded = (((op2 >>> 12) & 7) << 2) | ((op2 >>> 6) & 3);
  const right = type === shiftType.logicalRight || type === shiftType.arithmeticRight;
  const amount = encoded === 0 && right ? 32 : encoded;
  const operand = core.shift(core.readOperand(op2 & 15), type, amount, setFlags && code <= 4);
  return dataProcessing(core, code, op & 15, (op2 >>> 8) & 15, operand, setFlags);
}

function dataProcessing(core: ThumbCore, code: number, n: number, d: number, b: number, set: boolean): Stop | null {
  const a = core.get(n);
  const logical = (result: number): null => {
    if (d !== 15) core.set(d, result);
    if (set) core.setNegativeZero(result);
    return null;
  };
  const arithmetic = (result: number): null => {
    if (d !== 15) core.set(d, result);
    return null;
  };
  switch (code) {
    case 0:
      return logical(a & b);
    case 1:
      return logical(a & ~b);
    case 2:
      return logical(n === 15 ? b : a | b);
    case 3:
      return logical(n === 15 ? ~b : a | ~b);
    case 4:
      return logical(a ^ b);
    case 8:
      return arithmetic(core.add(a, b, 0, set));
    case 10:
      return arithmetic(core.add(a, b, core.carry, set));
    case 11:
      return arithmetic(core.add(a, ~b >>> 0, core.carry, set));
    case 13:
      return arithmetic(core.subtract(a, b, set));
    case 14:
      return arithmetic(core.subtract(b, a, set));
    default:
      return 'undefined';
  }
}

function loadStoreSingle(core: ThumbCore, op: number, op2: number): Stop | null {
  const { bus } = core;
  const n = op & 15;
  const register = op2 >>> 12;
  const load = (op & 0x10) !== 0;
  const width = [1, 2, 4][(op >>> 5) & 3];
  if (width === undefined) return 'undefined';
  let address: number;
  let writeBack: number | null = null;
  if (load && n === 15) {
    const offset = op2 & 0xfff;
    address = (core.pcValue & ~3) + (op & 0x80 ? offset : -offset);
  } else if (op & 0x80) address = core.get(n) + (op2 & 0xfff);
  else if (op2 & 0x800) {
    const moved = core.get(n) + (op2 & 255) * (op2 & 0x200 ? 1 : -1);
    address = op2 & 0x400 ? moved : core.get(n);
    if (op2 & 0x100) writeBack = moved;
  } else if ((op2 & 0xfc0) === 0) address = core.get(n) + (core.get(op2 & 15) << ((op2 >>> 4) & 3));
  else return 'undefined';
  address >>>= 0;
  if (!load) {
    bus.write(address, width === 4 ? core.get(register) : core.get(register) & (width === 1 ? 0xff : 0xffff), width);
    if (writeBack !== null) core.set(n, writeBack);
    return null;
  }
  const raw = bus.read(address, width);
  const value = op & 0x100 ? signExtend(raw, width * 8) : raw;
  if (writeBack !== null) core.set(n, writeBack);
  if (register === 15) core.branch(value);
  else core.set(register, value);
  return null;
}

function loadStoreDual(core: ThumbCore, op: number, op2: number): Stop | null {
  if ((op & 0x120) === 0) return 'undefined';
  const n = op & 15;
  const moved = (core.get(n) + (op2 & 255) * 4 * (op & 0x80 ? 1 : -1)) >>> 0;
  const address = op & 0x100 ? moved : core.get(n);
  const first = op2 >>> 12;
  const second = (op2 >>> 8) & 15;
  if (op & 0x10) {
    const [low, high] = [core.bus.read(address, 4), core.bus.read(address + 4, 4)];
    core.set(first, low);
    core.set(second, high);
  } else {
    core.bus.write(address, core.get(first), 4);
    core.bus.write(address + 4, core.get(second), 4);
  }
  if (op & 0x20) core.set(n, moved);
  return null;
}

function loadStoreMultiple(core: ThumbCore, op: number, op2: number): null {
  const n = op & 15;
  const list = Array.from({ length: 16 }, (_, register) => register).filter((register) => (op2 >>> register) & 1);
  const upward = (op & 0x180) === 0x80;
  const start = upward ? core.get(n) : core.get(n) - list.length * 4;
  const end = upward ? core.get(n) + list.length * 4 : start;
  list.forEach((register, at) => {
    const address = (start + at * 4) >>> 0;
    if ((op & 0x10) === 0) core.bus.write(address, core.get(register), 4);
    else if (register === 15) core.branch(core.bus.read(address, 4));
    else core.set(register, core.bus.read(address, 4));
  });
  if (op & 0x20) core.set(n, end);
  return null;
}

function registerShiftOrExtend(core: ThumbCore, op: number, op2: number): Stop | null {
  const n = op & 15;
  const d = (op2 >>> 8) & 15;
  if ((op2 & 0xf0) === 0) {
    const setFlags = (op & 0x10) !== 0;
    const result = core.shift(core.get(n), (op >>> 5) & 3, core.get(op2 & 15) & 255, setFlags);
    core.set(d, result);
    if (setFlags) core.setNegativeZero(result);
    return null;
  }
  const turned = core.shift(core.get(op2 & 15), shiftType.rotate, ((op2 >>> 4) & 3) * 8, false);
  const extended = new Map([
    [0, signExtend(turned, 16)],
    [1, turned & 0xffff],
    [4, signExtend(turned, 8)],
    [5, turned & 0xff],
  ]).get((op >>> 4) & 7);
  if (extended === undefined) return 'undefined';
  core.set(d, n === 15 ? extended : core.get(n) + extended);
  return null;
}

function multiply(core: ThumbCore, op: number, op2: number): Stop | null {
  if ((op & 0x70) !== 0) return 'undefined';
  const addend = op2 >>> 12;
  const product = Math.imul(core.get(op & 15), core.get(op2 & 15));
  const d = (op2 >>> 8) & 15;
  if (addend === 15) core.set(d, product);
  else core.set(d, op2 & 0x10 ? core.get(addend) - product : core.get(addend) + product);
  return null;
}

function longMultiplyOrDivide(core: ThumbCore, op: number, op2: number): Stop | null {
  const n = core.get(op & 15);
  const m = core.get(op2 & 15);
  const high = (op2 >>> 8) & 15;
  const kind = (op >>> 4) & 7;
  if (kind === 6 && (op2 & 0xf0) === 0) {
    // UMLAL
    const low = op2 >>> 12;
    const sum = BigInt(n) * BigInt(m) + ((BigInt(core.get(high)) << 32n) | BigInt(core.get(low)));
    core.set(low, Number(sum & 0xffffffffn));
    core.set(high, Number((sum >> 32n) & 0xffffffffn));
  } else if (kind === 1) core.set(high, (m | 0) === 0 ? 0 : (n | 0) / (m | 0));
  else if (kind === 3) core.set(high, m === 0 ? 0 : Math.trunc(n / m));
  else if (kind === 0 || kind === 2) {
    const product = kind === 2 ? BigInt(n) * BigInt(m) : BigInt(n | 0) * BigInt(m | 0);
    core.set(op2 >>> 12, Number(product & 0xffffffffn));
    core.set(high, Number((product >> 32n) & 0xffffffffn));
  } else return 'undefined';
  return null;
}
