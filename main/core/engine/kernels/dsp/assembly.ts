/** Text of naked functions: Thumb-2 in a C file, in front of the same thing in plain C for every other machine. */

/** Instructions, one each; `''` makes an empty line, a line that ends in ':' is a label, `@ …` a comment. */
export type Instructions = readonly string[];

/** A C function whose body is nothing but these instructions. It saves and restores what it uses itself. */
export function nakedFunction(name: string, parameters: string, body: Instructions, result = 'void '): string {
  const lines = [
    ...body.map((line) => {
      const indent = line.endsWith(':') ? '' : '  ';
      return line === '' ? '' : `    "${indent}${line}\\n"`;
    }),
  ];
  return `MODEL_ASSEMBLY ${result}${name}(${parameters}) {
  __asm volatile(
    ".syntax unified\\n"
${lines.join('\n')}
  );
}`;
}

/** The assembly where the core has the DSP extension, the plain C with the same packed data elsewhere. */
export function withTwin(assembly: string, twin: string): string {
  return `#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)\n${assembly}\n#else\n${twin}\n#endif\n`;
}

/** `count` copies, each told its index. */
export function repeat(count: number, make: (index: number) => Instructions): string[] {
  return Array.from({ length: count }, (_, index) => make(index)).flat();
}

/** register := value, any 32-bit value. */
export function loadConstant(register: string, value: number): string[] {
  const unsigned = value >>> 0;
  const low = `movw ${register}, #${String(unsigned & 0xffff)}`;
  return unsigned > 0xffff ? [low, `movt ${register}, #${String(unsigned >>> 16)}`] : [low];
}

/** destination := source + value. */
export function addConstant(destination: string, source: string, value: number, scratch: string): string[] {
  if (value === 0) return destination === source ? [] : [`mov ${destination}, ${source}`];
  if (Math.abs(value) < 4096) {
    return [`${value > 0 ? 'addw' : 'subw'} ${destination}, ${source}, #${String(Math.abs(value))}`];
  }
  return [...loadConstant(scratch, value), `add ${destination}, ${source}, ${scratch}`];
}
