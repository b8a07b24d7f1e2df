// Samples: bytes to numbers, with their variations, and windows gathered into rows for the stem.

/**
 * One sample of bytes to numbers (byte − 128) / 128, shifted by whole pixels (what comes in from outside is 128, the
 * network's zero), mirrored where `mirror`, and stretched: value · gain + offset, clamped to what bytes can say.
 */
export function loadSample(
  bytes: usize,
  output: usize,
  height: i32,
  width: i32,
  channels: i32,
  shiftY: i32,
  shiftX: i32,
  mirror: bool,
  gain: f32,
  offset: f32,
): void {
  const highest: f32 = 127.0 / 128.0;
  for (let y = 0; y < height; y++) {
    const fromY = y + shiftY;
    const inside = fromY >= 0 && fromY < height;
    for (let x = 0; x < width; x++) {
      const fromX = (mirror ? width - 1 - x : x) + shiftX;
      if (inside && fromX >= 0 && fromX < width) {
        const from = bytes + <usize>((fromY * width + fromX) * channels);
        for (let c = 0; c < channels; c++) {
          const value = <f32>(<i32>load<u8>(from + <usize>c) - 128) * 0.0078125 * gain + offset;
          store<f32>(output + ((<usize>c) << 2), min<f32>(max<f32>(value, -1), highest));
        }
      } else {
        for (let c = 0; c < channels; c++) store<f32>(output + ((<usize>c) << 2), 0);
      }
      output += (<usize>channels) << 2;
    }
  }
}

/** Blanks a rectangle of a loaded sample with the network's zero. The rectangle must lie inside. */
export function blankSample(
  sample: usize,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  rows: i32,
  columns: i32,
): void {
  const pitch = (<usize>(width * channels)) << 2;
  let at = sample + <usize>top * pitch + ((<usize>(left * channels)) << 2);
  for (; rows > 0; rows--, at += pitch) memory.fill(at, 0, (<usize>(columns * channels)) << 2);
}

/**
 * Gathers the k×k windows of x[batch, height, width, channels] into rows of `pitch` numbers (k·k·channels, then
 * zeros), one row for each output pixel.
 */
export function gatherWindows(
  x: usize,
  rows: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
  pitch: i32,
): void {
  const used = kernel * kernel * channels;
  const run = kernel * channels;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outputHeight; oy++) {
      for (let ox = 0; ox < outputWidth; ox++) {
        const fromX = ox * strideW - left;
        const whole = fromX >= 0 && fromX + kernel <= width;
        for (let ky = 0; ky < kernel; ky++) {
          const y = oy * strideH - top + ky;
          const to = rows + ((<usize>(ky * run)) << 2);
          if (y < 0 || y >= height) {
            memory.fill(to, 0, (<usize>run) << 2);
          } else if (whole) {
            const from = x + ((<usize>(((b * height + y) * width + fromX) * channels)) << 2);
            for (let i: usize = 0; i < (<usize>run) << 2; i += 4) store<f32>(to + i, load<f32>(from + i));
          } else {
            for (let kx = 0; kx < kernel; kx++) {
              const xx = fromX + kx;
              const inside = xx >= 0 && xx < width;
              const from = x + ((<usize>(((b * height + y) * width + xx) * channels)) << 2);
              for (let c = 0; c < channels; c++) {
                const value: f32 = inside ? load<f32>(from + ((<usize>c) << 2)) : 0;
                store<f32>(to + ((<usize>(kx * channels + c)) << 2), value);
              }
            }
          }
        }
        for (let i = used; i < pitch; i++) store<f32>(rows + ((<usize>i) << 2), 0);
        rows += (<usize>pitch) << 2;
      }
    }
  }
}
