/** A model as something to take away: plain C, an Arduino library, a CMSIS pack, a .tflite file. */
import { writeTflite } from '../../formats/index.ts';
import type { Model } from '../../graph/index.ts';
import { compileModel, type CompileOptions } from '../compile.ts';
import { arduinoLibrary } from './arduino.ts';
import { cmsisPack } from './cmsisPack.ts';
import { readmeOf } from './readme.ts';

export const exportFormats = ['c', 'arduino', 'cmsis-pack', 'tflite'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions extends CompileOptions {
  /** `YYYY-MM-DD`, for the formats that want a date of release. */
  readonly releaseDate: string;
}

/** Path in the export, with `/` between folders → contents. A CMSIS pack is a zip of these files. */
export type ExportedFiles = ReadonlyMap<string, string | Uint8Array>;

/**
 * The files of an export of a verified model.
 *
 * @throws StudioError what `compileModel` throws
 */
export function exportModel(model: Model, format: ExportFormat, options: ExportOptions): ExportedFiles {
  if (format === 'tflite') return new Map([[`${identifierOf(model.name)}.tflite`, writeTflite(model)]]);
  const compiled = compileModel(model, options);
  const name = identifierOf(model.name);
  const readme = readmeOf(compiled, options.core);
  switch (format) {
    case 'c':
      return new Map<string, string>([...compiled.files, ['README.md', readme]]);
    case 'arduino':
      return arduinoLibrary(compiled, name, readme);
    case 'cmsis-pack':
      return cmsisPack(compiled, name, readme, options.releaseDate);
  }
}

/** A name for files, folders and identifiers: letters, digits and underscores, a letter first. */
export function identifierOf(name: string): string {
  const safe = name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
  return /^[A-Za-z]/.test(safe) ? safe : `model_${safe}`;
}
