// npm run icons: makes the icons of every platform from resources/icons/icon.svg: PNG files of each size for Linux, an .ico for
// Windows, an .icns for macOS. electron-builder takes them as they are and needs no tool to convert them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { runScript } from '../script.ts';
import { root } from './bundleApp.ts';
import { icnsFile, icoFile, type SizedPng } from './iconFiles.ts';

const SIZES = [16, 32, 48, 64, 128, 256, 512, 1024] as const;

runScript(async () => {
  const folder = join(root, 'resources', 'icons');
  const drawing = await readFile(join(folder, 'icon.svg'));
  await mkdir(join(folder, 'png'), { recursive: true });
  const images: SizedPng[] = [];
  for (const size of SIZES) {
    // Drawn at its own resolution: a drawing is sharper than a picture made smaller.
    const { width = size } = await sharp(drawing).metadata();
    const png = await sharp(drawing, { density: Math.min(2400, (72 * size) / width) })
      .resize(size, size)
      .png({ compressionLevel: 9 })
      .toBuffer();
    images.push({ size, png });
    await writeFile(join(folder, 'png', `${size}x${size}.png`), png);
  }
  await writeFile(join(folder, 'icon.ico'), icoFile(images));
  await writeFile(join(folder, 'icon.icns'), icnsFile(images));
});
