import { shiftType, signExtend, type Stop, type ThumbCore } from './core.ts';

/** The 16-bit instructions (DDI 0403E A5.2). */
export function executeNarrow(core: ThumbCore, op: number): Stop | null {
  const top = op >>> 12;
  if (top <= 3) return op < 0x2000 ? shiftAddSubtract(core, op) : immediate8(core, op);
  if (op >>> 10 === 0x10) return dataProcessing(core, op);
  if (op >>> 10 === 0x11) return specialData(core, op);
  if (op >>> 11 === 9) {
    core.set((op >>> 8) & 7, core.bus.read(aligned(core) + (op & 255) * 4, 4));
    return null;
  }
  if (top >= 5 && top <= 9) return loadStore(core, op);
  if (top === 10) {
    core.set((op >>> 8) & 7, (op & 0x800 ? core.get(13) : aligned(core)) + (op & 255) * 4);
    return null;
  }
  if (top === 11) return miscellaneous(core, op);
  if (top === 12) return loadStoreMultiple(core, op);
  if (top === 13) {
    const condition = (op >>> 8) & 15;
    if (condition >= 14) return 'undefined';
    if (core.holds(condition)) core.branch(core.pcValue + signExtend((op & 255) << 1, 9));
    return null;
  }
  if (op >>> 11 === 0x1c) {
    core.branch(core.pcValue + signExtend((op & 0x7ff) << 1, 12));
    return null;
  }
  return 'undefined';
}

/** PC rounded down to a word, as literal loads and ADR use it. */
function aligned(core: ThumbCore): number {
  return (core.pcValue & ~3) >>> 0;
}

function shiftAddSubtract(core: ThumbCore, op: number): null {
  const setFlags = !core.inItBlock;
  const source = core.get((op >>> 3) & 7);
  const destination = op & 7;
  if (op < 0x1800) {
    const type = op >>> 11;
    const encoded = (op >>> 6) & 31;
    const amount = type !== shiftType.left && encoded === 0 ? 32 : encoded;
    const result = core.shift(source, type, amount, setFlags);
    core.set(destination, result);
    if (setFlags) core.setNegativeZero(result);
    return null;
  }
  const field = (op >>> 6) & 7;
  const operand = op & 0x400 ? field : core.get(field);
  core.set(destination, op & 0x200 ? core.subtract(source, operand, setFlags) : core.add(source, operand, 0, setFlags));
  return null;
}

function immediate8(core: ThumbCore, op: number): null {
  const setFlags = !core.inItBlock;
  const register = (op >>> 8) & 7;
  const value = op & 255;
  const kind = (op >>> 11) & 3;
  if (kind === 0) {
    core.set(register, value);
    if (setFlags) core.setNegativeZero(value);
  } else if (kind === 1) core.subtract(core.get(register), value, true);
  else if (kind === 2) core.set(register, core.add(core.get(register), value, 0, setFlags));
  else core.set(register, core.subtract(core.get(register), value, setFlags));
  return null;
}

function dataProcessing(core: ThumbCore, op: number): null {
  const setFlags = !core.inItBlock;
  const destination = op & 7;
  const x = core.get(destination);
  const m = core.get((op >>> 3) & 7);
  const keep = (result: number): null => {
    core.set(destination, result);
    if (setFlags) core.setNegativeZero(result);
    return null;
  };
  const code = (op >>> 6) & 15;
  switch (code) {
    case 0:
      return keep(x & m);
    case 1:
      return keep(x ^ m);
    case 2:
    case 3:
    case 4:
      return keep(core.shift(x, code - 2, m & 255, setFlags));
    case 5:
      core.set(destination, core.add(x, m, core.carry, setFlags));
      return null;
    case 6:
      core.set(destination, core.add(x, ~m >>> 0, core.carry, setFlags));
      return null;
    case 7:
      return keep(core.shift(x, shiftType.rotate, m & 255, setFlags));
    case 8:
      core.setNegativeZero(x & m);
      return null;
    case 9:
      core.set(destination, core.add(~m >>> 0, 0, 1, setFlags));
      return null;
    case 10:
      core.subtract(x, m, true);
      return null;
    case 11:
      core.add(x, m, 0, true);
      return null;
    case 12:
      return keep(x | m);
    case 13:
      return keep(Math.imul(x, m));
    case 14:
      return keep(x & ~m);
    default:
      return keep(~m);
  }
}

function specialData(core: ThumbCore, op: number): null {
  const m = core.readOperand((op >>> 3) & 15);
  const destination = (op & 7) | ((op >>> 4) & 8);
  const put = (value: number): void => {
    if (destination === 15) core.branch(value);
    else core.set(destination, value);
  };
  switch ((op >>> 8) & 3) {
    case 0:
      put((core.readOperand(destination) + m) >>> 0);
      break;
    case 1:
      core.subtract(core.readOperand(destination), m, true);
      break;
    case 2:
      put(m);
      break;
    default:
      if (op & 0x80) core.set(14, (core.get(15) + 2) | 1);
      core.branch(m);
  }
  return null;
}

function loadStore(core: ThumbCore, op: number): null {
  const { bus } = core;
  const register = op & 7;
  const base = core.get((op >>> 3) & 7);
  const field = (op >>> 6) & 31;
  const top = op >>> 12;
  if (top === 5) return loadStoreRegister(core, op, (base + core.get((op >>> 6) & 7)) >>> 0);
  if (top === 9) {
    const address = (core.get(13) + (op & 255) * 4) >>> 0;
    const slot = (op >>> 8) & 7;
    if (op & 0x800) core.set(slot, bus.read(address, 4));
    else bus.write(address, core.get(slot), 4);
    return null;
  }
  const size = top === 6 ? 4 : top === 7 ? 1 : 2;
  const address = (base + field * size) >>> 0;
  if (op & 0x800) core.set(register, bus.read(address, size));
  else bus.write(address, core.get(register), size);
  return null;
}

function loadStoreRegister(core: ThumbCore, op: number, address: number): null {
  const { bus } = core;
  const register = op & 7;
  switch ((op >>> 9) & 7) {
    case 0:
      bus.write(address, core.get(register), 4);
      break;
    case 1:
      bus.write(address, core.get(register) & 0xffff, 2);
      break;
    case 2:
      bus.write(address, core.get(register) & 0xff, 1);
      break;
    case 3:
      core.set(register, signExtend(bus.read(address, 1), 8));
      break;
    case 4:
      core.set(register, bus.read(address, 4));
      break;
    case 5:
      core.set(register, bus.read(address, 2));
      break;
    case 6:
      core.set(register, bus.read(address, 1));
      break;
    default:
      core.set(register, signExtend(bus.read(address, 2), 16));
  }
  return null;
}

function miscellaneous(core: ThumbCore, op: number): Stop | null {
  const register = op & 7;
  const m = core.get((op >>> 3) & 7);
  if ((op & 0xff00) === 0xb000) {
    core.set(13, core.get(13) + (op & 0x80 ? -4 : 4) * (op & 127));
  } else if ((op & 0xf500) === 0xb100) {
    const wantNonZero = (op & 0x800) !== 0;
    if ((core.get(register) !== 0) === wantNonZero) {
      core.branch(core.pcValue + ((((op >>> 9) & 1) << 6) | (((op >>> 3) & 31) << 1)));
    }
  } else if ((op & 0xff00) === 0xb200) {
    const extended = [signExtend(m, 16), signExtend(m, 8), m & 0xffff, m & 0xff][(op >>> 6) & 3];
    core.set(register, extended ?? 0);
  } else if ((op & 0xfe00) === 0xb400) push(core, op);
  else if ((op & 0xfe00) === 0xbc00) pop(core, op);
  else if ((op & 0xffc0) === 0xba00) {
    core.set(register, (m >>> 24) | ((m >>> 8) & 0xff00) | ((m << 8) & 0xff0000) | (m << 24));
  } else if ((op & 0xff00) === 0xbe00) return 'breakpoint';
  else if ((op & 0xff00) === 0xbf00) {
    if (op & 15) core.itState = op & 0xff;
    else if (op === 0xbf30) core.onWait();
  } else if ((op & 0xffe0) !== 0xb660) return 'undefined';
  else if (op & 2) core.primask = (op >>> 4) & 1; // CPSIE, CPSID
  return null;
}

function push(core: ThumbCore, op: number): void {
  let address = core.get(13);
  const store = (register: number): void => {
    address = (address - 4) >>> 0;
    core.bus.write(address, core.get(register), 4);
  };
  if (op & 0x100) store(14);
  for (let register = 7; register >= 0; register--) if ((op >>> register) & 1) store(register);
  core.set(13, address);
}

function pop(core: ThumbCore, op: number): void {
  let address = core.get(13);
  for (let register = 0; register < 8; register++) {
    if (((op >>> register) & 1) === 0) continue;
    core.set(register, core.bus.read(address, 4));
    address += 4;
  }
  if (op & 0x100) {
    core.branch(core.bus.read(address, 4));
    address += 4;
  }
  core.set(13, address);
}

function loadStoreMultiple(core: ThumbCore, op: number): null {
  const base = (op >>> 8) & 7;
  const load = (op & 0x800) !== 0;
  let address = core.get(base);
  let baseLoaded = false;
  for (let register = 0; register < 8; register++) {
    if (((op >>> register) & 1) === 0) continue;
    if (load) {
      core.set(register, core.bus.read(address, 4));
      baseLoaded ||= register === base;
    } else core.bus.write(address, core.get(register), 4);
    address += 4;
  }
  if (!baseLoaded) core.set(base, address);
  return null;
}
