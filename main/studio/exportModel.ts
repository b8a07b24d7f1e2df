import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { PlanChoice } from '../contract/index.ts';
import { findBoard } from '../boards/index.ts';
import { exportModel, type ExportedFiles, type ExportFormat, type InputMode } from '../core/engine/index.ts';
import { writeFailed, writeFileAtomic } from '../store/index.ts';
import { openModel } from './models/index.ts';
import { doInThread } from './threads/index.ts';
import { withinBoard, type BoardLimits } from './pipeline/compile.ts';

export interface ExportRequest {
  readonly model: string;
  readonly format: ExportFormat;
  readonly out: string;
  /** Whose core the C is made for, and into whose memories it must fit; a Cortex-M4 without limits where absent. */
  readonly board?: string | undefined;
  readonly plan?: PlanChoice | undefined;
  /** The whole input in memory (where absent), or handed over row by row. */
  readonly input?: InputMode | undefined;
}

export interface ExportedModel {
  readonly format: ExportFormat;
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** `exportModelFile` in a thread of its own: planning a large model takes seconds, in which the service answers others. */
export const exportInThread = (request: ExportRequest, signal: AbortSignal): Promise<ExportedModel> =>
  doInThread('exportModel.worker', import.meta.url, request, signal);

/**
 * Writes a model in a form that can be taken away: into other firmware, an Arduino sketch, a CMSIS project.
 *
 * @throws StudioError `model.does-not-fit` where it is too large for the board, and what reading and writing throw
 */
export function exportModelFile({ model, format, out, board, plan, input }: ExportRequest): ExportedModel {
  const opened = openModel(model);
  const releaseDate = new Date().toISOString().slice(0, 10);
  const make = (target: BoardLimits | { readonly core: 'm4' }): ExportedFiles =>
    exportModel(opened.model, format, {
      ...target,
      releaseDate,
      ...(plan === undefined ? {} : { plan }),
      ...(input === undefined ? {} : { input }),
    });
  const made = board === undefined ? make({ core: 'm4' }) : withinBoard(findBoard(board), make);
  const files = format === 'cmsis-pack' ? packed(made, releaseDate) : made;
  const folder = resolve(out);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeFailed(folder, error);
  }
  return {
    format,
    folder,
    files: [...files].map(([path, content]) => {
      writeFileAtomic(join(folder, path), content);
      return { path, bytes: typeof content === 'string' ? Buffer.byteLength(content) : content.length };
    }),
  };
}

/** A pack is a zip named `VENDOR.NAME.VERSION.pack` after its description (Open-CMSIS-Pack, "Pack with device support"). */
function packed(files: ExportedFiles, releaseDate: string): ExportedFiles {
  const description = [...files].find(([path]) => path.endsWith('.pdsc'));
  const [path, text] = description ?? ['model.pdsc', ''];
  const version = /<release version="([^"]+)"/.exec(String(text))?.[1] ?? '1.0.0';
  const contents = [...files].map(([name, content]) => [
    name,
    [typeof content === 'string' ? strToU8(content) : content, { mtime: releaseDate }],
  ]);
  const zip = zipSync(Object.fromEntries(contents) as Parameters<typeof zipSync>[0]);
  return new Map([[path.replace(/pdsc$/, `${version}.pack`), zip]]);
}
