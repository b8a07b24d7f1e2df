import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface AsarNode {
  readonly files?: Readonly<Record<string, AsarNode>>;
  readonly size?: number;
  readonly offset?: string;
  readonly unpacked?: boolean;
  readonly link?: string;
}

export interface AsarFile {
  readonly path: string;
  readonly unpacked: boolean;
}

/**
 * Unpacks one of Electron's archives, together with the files that lie beside it in `FILE.unpacked`, as Electron shows
 * them to the program. The format: two Chromium pickles (the header's size, the header's JSON), then the files.
 */
export function unpackAsar(archive: string, to: string): AsarFile[] {
  const bytes = readFileSync(archive);
  const headerBytes = bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8')) as AsarNode;
  const found: AsarFile[] = [];
  const walk = (node: AsarNode, path: string): void => {
    for (const [name, child] of Object.entries(node.files ?? {})) {
      const below = join(path, name);
      if (child.files !== undefined) {
        walk(child, below);
        continue;
      }
      if (child.link !== undefined) throw new Error(`${below} is a link`);
      mkdirSync(dirname(join(to, below)), { recursive: true });
      found.push({ path: below, unpacked: child.unpacked === true });
      if (child.unpacked === true) {
        copyFileSync(join(`${archive}.unpacked`, below), join(to, below));
        continue;
      }
      const start = 8 + headerBytes + Number(child.offset);
      writeFileSync(join(to, below), bytes.subarray(start, start + (child.size ?? 0)));
    }
  };
  walk(header, '');
  return found;
}
