import { describe, expect, it } from 'vitest';
import { defaultLogMel, LogMel } from '../../main/datasets/decode/logMel.ts';
import { readWav, resample } from '../../main/datasets/decode/wav.ts';
import { tone, wav } from './fixtures.ts';

const rms = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);

describe('WAV', () => {
  it.each([
    ['u8', 1 / 100],
    ['s16', 1 / 20_000],
    ['s24', 1e-6],
    ['s32', 1e-7],
    ['f32', 1e-7],
  ] as const)('of %s gives the samples that were written', (encoding, tolerance) => {
    const written = tone(440, 0.05);
    for (const channels of [1, 2]) {
      const { sampleRate, samples } = readWav(wav(written, { encoding, channels, sampleRate: 16_000 }));
      expect(sampleRate).toBe(16_000);
      expect(samples).toHaveLength(written.length);
      expect(Math.max(...samples.map((value, i) => Math.abs(value - written[i])))).toBeLessThan(tolerance);
    }
  });

  it('may have other chunks before its samples, of odd length, too', () => {
    const plain = wav(tone(300, 0.01));
    const list = Buffer.from('LIST\x05\0\0\0INFOx\0', 'latin1');
    const mixed = Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)]);
    expect(readWav(mixed)).toEqual(readWav(plain));
  });

  it('that was cut off while recording gives what is there', () => {
    const whole = wav(tone(300, 0.1));
    expect(readWav(whole.subarray(0, 44 + 400)).samples).toHaveLength(200);
  });

  it.each([
    ['no bytes', () => Buffer.alloc(0), /it has no bytes/],
    ['other bytes', () => Buffer.from('ID3 something else, an MP3 perhaps'), /it is no WAV file/],
    ['no samples', () => wav([]), /it holds no samples/],
    ['its header alone', () => wav(tone(300, 0.1)).subarray(0, 30), /it holds no samples/],
    ['no channels', () => patch(22, 0), /it claims 0 channels/],
    ['a strange rate', () => patch(24, 1), /sampling rate of \d+ Hz is outside/],
    ['compression', () => patch(20, 0x11), /its encoding \(format 17, 16 bits\) is not known/],
  ])('with %s is broken', (_, make, message) => {
    expect(() => readWav(make())).toThrow(message);
  });

  it('survives any change of a byte', () => {
    const good = wav(tone(300, 0.005));
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        try {
          expect(readWav(bad).samples.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).name).toBe('BrokenSampleError');
        }
      }
    }
  });
});

function patch(at: number, value: number): Buffer {
  const bytes = wav(tone(300, 0.01));
  bytes.writeUInt16LE(value, at);
  return bytes;
}

describe('resampling', () => {
  it.each([8000, 11_025, 16_000, 22_050, 44_100, 48_000])('from %i Hz keeps a tone and its loudness', (sampleRate) => {
    const samples = Float32Array.from(tone(440, 0.5, sampleRate));
    const at8k = resample({ sampleRate, samples }, 8000);
    expect(at8k.length).toBe(4000);
    const wanted = tone(440, 0.5, 8000);
    const middle = Array.from(at8k.subarray(500, 3500), (value, i) => Math.abs(value - wanted[i + 500]));
    expect(Math.max(...middle)).toBeLessThan(0.01);
  });

  it('leaves nothing of what the lower rate cannot hold', () => {
    const samples = Float32Array.from(tone(6000, 0.5, 48_000));
    expect(rms(resample({ sampleRate: 48_000, samples }, 8000).subarray(200, 3800))).toBeLessThan(0.005);
  });
});

describe('log-mel features', () => {
  const logMel = new LogMel(defaultLogMel);
  const { frames, bands } = defaultLogMel;
  const bandOf = (hertz: number): number => {
    const features = logMel.compute(Float32Array.from(tone(hertz, 1.2)));
    const frame = features.subarray(30 * bands, 31 * bands);
    return frame.indexOf(Math.max(...frame));
  };

  it('are frames × bands, and silence is 0', () => {
    const features = logMel.compute(new Float32Array(8000));
    expect(features).toHaveLength(frames * bands);
    expect(Math.max(...features)).toBe(0);
  });

  it('show a tone in the band of its pitch, as the mel scale has it', () => {
    const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
    for (const hertz of [250, 500, 1000, 2000, 3500]) {
      const expected = ((mel(hertz) - mel(40)) / (mel(4000) - mel(40))) * (bands + 1) - 1;
      expect(Math.abs(bandOf(hertz) - expected)).toBeLessThan(1.01);
    }
  });

  it('centre what is short, and find the loud part of what is long', () => {
    const energyAt = (samples: number[]): number[] => {
      const features = logMel.compute(Float32Array.from(samples));
      return Array.from({ length: frames }, (_, f) => Math.max(...features.subarray(f * bands, (f + 1) * bands)));
    };
    const short = energyAt(tone(700, 0.2));
    expect(short[frames / 2]).toBeGreaterThan(150);
    expect(short[2]).toBe(0);
    const long = energyAt([
      ...new Array<number>(24_000).fill(0),
      ...tone(700, 0.9),
      ...new Array<number>(8000).fill(0),
    ]);
    expect(long.filter((value) => value > 150).length).toBeGreaterThan(50);
  });

  it('are the same however loud a recording is, and fall by 4.25 steps of a byte for each decibel', () => {
    const of = (loudness: number): Uint8Array => logMel.compute(Float32Array.from(tone(1000, 1.1, 8000, loudness)));
    const [loud, soft] = [of(0.8), of(0.1)];
    expect(Math.max(...loud)).toBe(255);
    expect(Math.max(...loud.map((value, i) => Math.abs(value - soft[i])))).toBeLessThanOrEqual(1);
    const both = tone(500, 1.1, 8000, 0.5).map((value, i) => value + 0.05 * Math.sin((2 * Math.PI * 2500 * i) / 8000));
    const frame = logMel.compute(Float32Array.from(both)).subarray(30 * bands, 31 * bands);
    const upper = Math.max(...frame.subarray(bandOf(2500) - 1, bandOf(2500) + 2));
    // A tenth of the amplitude is 20 dB less; mel bands are of different width, which takes a few more or less.
    expect(Math.abs(255 - upper - 20 * 4.25)).toBeLessThan(4 * 4.25);
  });

  it('do not lift what is nearly silent', () => {
    const faint = logMel.compute(Float32Array.from(tone(1000, 1.1, 8000, 1e-5)));
    expect(Math.max(...faint)).toBeLessThan(128);
  });
});
