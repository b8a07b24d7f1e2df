import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { StudioError, type LongCall } from '../main/contract/index.ts';
import type { Platform, ToolManifest } from './manifest.ts';

export interface FetchOptions extends LongCall {
  readonly platform: Platform;
  /** Where archives are kept; partial downloads stay there as `.part` and are gone on from. */
  readonly folder: string;
  /** A folder, `file:` address or `http(s):` address that holds the archives under their names, instead of the makers'. */
  readonly mirror?: string;
  /** Milliseconds without a byte after which a download is given up. */
  readonly stallMs?: number;
}

/** Bytes of a file that exists, else 0. */
const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Brings one tool's archive into `folder` and returns its path. An archive that is there with the right checksum is
 * taken as it is; a partial one is gone on from; one whose checksum is wrong is refused and removed.
 * Throws `toolchain.no-archive`, `toolchain.download`, `toolchain.checksum`.
 */
export async function fetchArchive(tool: ToolManifest, options: FetchOptions): Promise<string> {
  const archive = tool.archives[options.platform];
  if (archive === undefined) {
    throw new StudioError({
      code: 'toolchain.no-archive',
      message: `There is no ${tool.package} ${tool.version} for ${options.platform}.`,
      remedy: 'Install the tool yourself and put it on the PATH; MCUNet Studio will find it there.',
      details: { tool: tool.id, platform: options.platform },
    });
  }
  await mkdir(options.folder, { recursive: true });
  const target = join(options.folder, archive.file);
  if ((await sizeOf(target)) > 0 && (await sha256Of(target)) === archive.sha256) return target;

  const partial = `${target}.part`;
  const source = options.mirror ?? tool.baseUrl;
  if (/^https?:/.test(source)) await download(`${source.replace(/\/$/, '')}/${archive.file}`, partial, options);
  else await copyLocal(source, archive.file, partial);

  const actual = await sha256Of(partial);
  if (actual !== archive.sha256) {
    await rm(partial, { force: true });
    throw new StudioError({
      code: 'toolchain.checksum',
      message: `${archive.file} from ${source} is not what the manifest names: its SHA-256 is ${actual}, not ${archive.sha256}.`,
      remedy: 'Fetch it again; if it stays wrong, do not use that source.',
      details: { expected: archive.sha256, actual, source },
    });
  }
  await rename(partial, target);
  return target;
}

async function copyLocal(source: string, name: string, partial: string): Promise<void> {
  const folder = source.startsWith('file:') ? fileURLToPath(source) : source;
  const file = isAbsolute(name) ? name : join(folder, name);
  await copyFile(file, partial).catch((cause: unknown) => {
    throw new StudioError({
      code: 'toolchain.download',
      message: `${name} is not in the mirror ${folder}.`,
      remedy: 'Put the archive there under exactly that name, or leave the mirror out.',
      details: { file },
      cause,
    });
  });
}

async function download(url: string, partial: string, options: FetchOptions): Promise<void> {
  const have = await sizeOf(partial);
  const stall = new AbortController();
  const stallMs = options.stallMs ?? 30_000;
  let timer = setTimeout(() => stall.abort(), stallMs);
  const beat = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), stallMs);
  };
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
    const response = await fetch(url, { signal, headers: have > 0 ? { Range: `bytes=${have}-` } : {} });
    // 416: the partial file already holds everything; its checksum decides.
    if (response.status === 416) return;
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const resumed = response.status === 206;
    const length = Number(response.headers.get('content-length') ?? 0);
    const start = resumed ? have : 0;
    let done = start;
    const began = process.hrtime.bigint();
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        beat();
        done += chunk.length;
        const elapsedMs = Number(process.hrtime.bigint() - began) / 1e6;
        const total = length > 0 ? start + length : null;
        const remainingMs = total === null ? null : ((total - done) * elapsedMs) / Math.max(1, done - start);
        options.onProgress?.({ stage: 'downloading', done, total, remainingMs, note: url });
        callback(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      meter,
      createWriteStream(partial, { flags: resumed ? 'a' : 'w' }),
      { signal },
    );
  } catch (cause) {
    options.signal?.throwIfAborted();
    const why = stall.signal.aborted
      ? `nothing arrived for ${stallMs / 1000} s`
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new StudioError({
      code: 'toolchain.download',
      message: `${url} could not be downloaded: ${why}.`,
      remedy:
        'Run the command again, it goes on where it stopped; or name a folder that holds the archive with --mirror.',
      details: { url, received: await sizeOf(partial) },
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}
