/** One channel of −1 … 1 as a WAV file, PCM of 16 bits. */
export function encodeWav(samples: Float32Array, sampleRate: number): Uint8Array {
  const header = 44;
  const file = new Uint8Array(header + 2 * samples.length);
  const view = new DataView(file.buffer);
  const text = (at: number, letters: string): void => {
    for (let i = 0; i < letters.length; i++) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // PCM, one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) =>
    view.setInt16(header + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, value))), true),
  );
  return file;
}
