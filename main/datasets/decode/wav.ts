import { BrokenSampleError } from '../errors.ts';

export interface Recording {
  readonly sampleRate: number;
  /** One channel, −1 … 1. */
  readonly samples: Float32Array;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const SLOWEST = 4000;
const FASTEST = 192_000;

/** Reads RIFF/WAVE: PCM of 8, 16, 24 or 32 bits, or 32-bit float, mixed down to one channel. */
export function readWav(bytes: Uint8Array): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const broken = (why: string): BrokenSampleError => new BrokenSampleError('unreadable-recording', why);
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length === 0) throw new BrokenSampleError('empty-file', 'it has no bytes');
  if (bytes.length < 12 || text(0) !== 'RIFF' || text(8) !== 'WAVE') throw broken('it is no WAV file');

  let format: { tag: number; channels: number; sampleRate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (text(at) === 'fmt ' && length >= 16 && body + 16 <= bytes.length) {
      const tag = view.getUint16(body, true);
      const known =
        tag === EXTENSIBLE && length >= 26 && body + 26 <= bytes.length ? view.getUint16(body + 24, true) : tag;
      format = {
        tag: known,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (text(at) === 'data') {
      if (format === null) throw broken('its data comes before its format');
      // Recorders that were cut off leave a length that is longer than the file; what is there is used.
      return decode(view, body, Math.min(length, bytes.length - body), format, broken);
    }
    at = body + length + (length & 1);
  }
  throw broken('it holds no samples');
}

function decode(
  view: DataView,
  start: number,
  length: number,
  { tag, channels, sampleRate, bits }: { tag: number; channels: number; sampleRate: number; bits: number },
  broken: (why: string) => Error,
): Recording {
  if (channels < 1 || channels > 16) throw broken(`it claims ${channels} channels`);
  if (sampleRate < SLOWEST || sampleRate > FASTEST)
    throw broken(`its sampling rate of ${sampleRate} Hz is outside ${SLOWEST} … ${FASTEST}`);
  const read = readerOf(tag, bits);
  if (read === null) throw broken(`its encoding (format ${tag}, ${bits} bits) is not known; PCM and 32-bit float are`);
  const frame = channels * (bits / 8);
  const count = Math.floor(length / frame);
  if (count === 0) throw broken('it holds no samples');
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(view, start + i * frame + c * (bits / 8));
    samples[i] = sum / channels;
  }
  return { sampleRate, samples };
}

function readerOf(tag: number, bits: number): ((view: DataView, at: number) => number) | null {
  if (tag === FLOAT && bits === 32) return (view, at) => Math.min(1, Math.max(-1, view.getFloat32(at, true) || 0));
  if (tag !== PCM) return null;
  switch (bits) {
    case 8:
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (view, at) => view.getInt16(at, true) / 32768;
    case 24:
      return (view, at) => (view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) / 8388608;
    case 32:
      return (view, at) => view.getInt32(at, true) / 2147483648;
    default:
      return null;
  }
}

/** Changes the sampling rate by windowed-sinc interpolation (Hann, 16 zero crossings), band-limited to the lower of both. */
export function resample({ sampleRate, samples }: Recording, target: number): Float32Array {
  if (sampleRate === target) return samples;
  const ratio = sampleRate / target;
  const cutoff = Math.min(1, 1 / ratio);
  const reach = Math.ceil(16 / cutoff);
  const output = new Float32Array(Math.max(1, Math.round(samples.length / ratio)));
  for (let i = 0; i < output.length; i++) {
    const centre = i * ratio;
    let sum = 0;
    for (let k = Math.ceil(centre - reach); k <= centre + reach; k++) {
      if (k < 0 || k >= samples.length) continue;
      const distance = k - centre;
      const x = Math.PI * distance * cutoff;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      sum += samples[k] * sinc * cutoff * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach));
    }
    output[i] = sum;
  }
  return output;
}
