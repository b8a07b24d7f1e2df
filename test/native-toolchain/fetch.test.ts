import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchArchive } from '../../native-toolchain/fetch.ts';
import { PLATFORMS, readManifest, type ToolManifest } from '../../native-toolchain/manifest.ts';

const content = Buffer.alloc(300_000, 'a tool for you ');
const sha256 = createHash('sha256').update(content).digest('hex');
const tool: ToolManifest = {
  id: 'gcc',
  package: 'a compiler',
  version: '1',
  baseUrl: 'https://makers.invalid/v1',
  licence: 'MIT',
  archives: { 'linux-x64': { file: 'tool.tar.gz', sha256 } } as ToolManifest['archives'],
};

let folder: string;
let server: Server;
let mirror: string;
let asked: (string | undefined)[];
let breakOffAfter: number | null;
let served: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch ü '));
  asked = [];
  breakOffAfter = null;
  served = content;
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= served.length) return void response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': served.length - from });
    if (breakOffAfter === null) return void response.end(served.subarray(from));
    response.write(served.subarray(from, from + breakOffAfter), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('fetchArchive', () => {
  it('downloads, verifies, and asks no second time', async () => {
    const file = await fetchArchive(tool, { platform: 'linux-x64', folder, mirror });
    expect(await readFile(file)).toEqual(content);
    await fetchArchive(tool, { platform: 'linux-x64', folder, mirror });
    expect(asked).toHaveLength(1);
  });

  it('goes on where a broken-off download stopped', async () => {
    breakOffAfter = 100_000;
    await expect(fetchArchive(tool, { platform: 'linux-x64', folder, mirror })).rejects.toMatchObject({
      code: 'toolchain.download',
      remedy: expect.stringContaining('goes on where it stopped'),
    });
    breakOffAfter = null;
    const file = await fetchArchive(tool, { platform: 'linux-x64', folder, mirror });
    expect(asked[1]).toMatch(/^bytes=[1-9]\d*-$/);
    expect(await readFile(file)).toEqual(content);
  });

  it('refuses a wrong checksum and keeps nothing of it', async () => {
    served = Buffer.from('something else');
    await expect(fetchArchive(tool, { platform: 'linux-x64', folder, mirror })).rejects.toMatchObject({
      code: 'toolchain.checksum',
      message: expect.stringContaining(sha256),
    });
    served = content;
    await fetchArchive(tool, { platform: 'linux-x64', folder, mirror });
    expect(asked).toEqual([undefined, undefined]);
  });

  it('takes a local mirror, as a folder and as a file address', async () => {
    await writeFile(join(folder, 'tool.tar.gz'), content);
    for (const local of [folder, pathToFileURL(folder).href]) {
      const target = join(folder, `from ${asked.length}${local.length}`);
      expect(
        await readFile(await fetchArchive(tool, { platform: 'linux-x64', folder: target, mirror: local })),
      ).toEqual(content);
    }
    expect(asked).toEqual([]);
  });

  it('says what a mirror lacks, and for which platform there is nothing', async () => {
    await expect(fetchArchive(tool, { platform: 'linux-x64', folder, mirror: folder })).rejects.toThrow(
      /tool\.tar\.gz is not in the mirror/,
    );
    await expect(fetchArchive(tool, { platform: 'win32-x64', folder, mirror })).rejects.toThrow(
      /no a compiler 1 for win32-x64/,
    );
  });

  it('gives up a download that stands still', async () => {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.writeHead(200, { 'content-length': 10 }).write('a'));
    await expect(fetchArchive(tool, { platform: 'linux-x64', folder, mirror, stallMs: 200 })).rejects.toThrow(
      /nothing arrived for 0.2 s/,
    );
  });

  it('stops when told to', async () => {
    breakOffAfter = 10;
    await expect(
      fetchArchive(tool, { platform: 'linux-x64', folder, mirror, signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
  });
});

describe('the manifest', () => {
  it('names every tool for every platform, with address, checksum and licence', () => {
    for (const entry of readManifest()) {
      expect(Object.keys(entry.archives).sort()).toEqual([...PLATFORMS].sort());
      expect(entry.licence).toMatch(/GPL/);
    }
  });
});
