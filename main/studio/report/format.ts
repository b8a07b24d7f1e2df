/** Numbers as people read them, the same in every part of a report. */

/** A narrow space that no line breaks at. */
const group = (text: string): string => text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');

export const integer = (value: number): string => group(Math.round(value).toString());

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const kibi = value / 1024;
  return kibi < 1024 ? `${kibi.toFixed(kibi < 100 ? 1 : 0)} KiB` : `${(kibi / 1024).toFixed(2)} MiB`;
}

export const percent = (fraction: number, digits = 1): string => `${(100 * fraction).toFixed(digits)} %`;

export function milliseconds(value: number): string {
  if (value < 1) return `${(value * 1000).toFixed(0)} µs`;
  if (value < 100) return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
  return value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** 2 190 000 → 2.19 M */
export function large(value: number): string {
  if (value < 1000) return value.toFixed(0);
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 2 : 1)} k`;
  return value < 1e9 ? `${(value / 1e6).toFixed(value < 1e7 ? 2 : 1)} M` : `${(value / 1e9).toFixed(2)} G`;
}

/** A span of time: `48 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export const hexadecimal = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;

export const shape = (dimensions: readonly number[]): string => dimensions.join('×');
