import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifest, type ToolId } from './manifest.ts';

const run = promisify(execFile);

/** Debian's copyright files refer to the texts of the common licences, which lie here. */
const COMMON_LICENCES = '/usr/share/common-licenses';

/** A package whose programs or libraries were staged, as Debian names its source. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
}

/** What a program wrote to standard output, whether it was content or not; nothing where it is not there. */
const output = (program: string, args: readonly string[]): Promise<string> =>
  run(program, [...args], { maxBuffer: 1 << 24 }).then(
    ({ stdout }) => stdout,
    (failed: { readonly stdout?: string }) => failed.stdout ?? '',
  );

/** The Debian packages that files were taken from, each once. Asked in one go: each question reads every package's list. */
export async function packagesOf(files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  // Debian merged /lib into /usr/lib; its lists know a file by either name, and by what a link points to.
  const real = await Promise.all(files.map((file) => realpath(file)));
  const places = new Set([...files, ...real, ...real.map((file) => file.replace(/^\/usr/, ''))]);
  const answer = await output('dpkg-query', ['-S', ...places]);
  const names = answer.split('\n').map((line) => /^([a-z0-9][a-z0-9+.-]*)(?::\w+)?: \//.exec(line)?.[1]);
  return [...new Set(names.filter((name): name is string => name !== undefined))].sort();
}

/** What the offer of source says of what was taken from Debian. */
export async function debianSources(binaries: readonly string[]): Promise<SourcePackage[]> {
  if (binaries.length === 0) return [];
  const answer = await output('dpkg-query', ['-W', '-f', '${source:Package}\t${source:Version}\n', ...binaries]);
  const lines = [...new Set(answer.split('\n'))].filter((line) => line.includes('\t'));
  return lines
    .map((line) => line.split('\t'))
    .map(([name = '', version = '']) => ({ name, version }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Puts the licence texts that came with an archive, or that Debian's copyright files refer to, beside what was staged. */
export async function copyLicenceTexts(root: string | null, folder: string): Promise<void> {
  const from = root === null ? COMMON_LICENCES : join(root, 'distro-info', 'licenses');
  if (!existsSync(from)) return;
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isDirectory()) await copyLicenceTextsBelow(join(from, entry.name), join(folder, entry.name));
    else await copyFile(await realpath(join(from, entry.name)), join(folder, entry.name));
  }
}

async function copyLicenceTextsBelow(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from, { recursive: true, withFileTypes: true }))
    if (name.isFile()) await copyFile(join(name.parentPath, name.name), join(to, name.name));
}

/** The written offer that section 3 (b) of the GPL 2 and section 6 (b) of the GPL 3 ask for. */
export function sourceOffer(debian: readonly SourcePackage[], archives: readonly ToolId[]): string {
  const fromArchives = readManifest()
    .filter(({ id }) => archives.includes(id))
    .map(
      (tool) => `  ${tool.package} ${tool.version} (${tool.licence}): ${tool.baseUrl.replace(/\/releases\/.*$/, '')}`,
    );
  const fromDebian = debian.map(({ name, version }) => `  ${name} ${version}`);
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${title}\n\n${lines.join('\n')}\n\n`;
  return `WRITTEN OFFER OF SOURCE

The programs in this folder (compiler, debugger server, emulator) and the libraries beside them are free software by others,
under the GNU General Public Licence and the licences named in the folders "licences". MCUNet Studio starts them as programs of
their own and is not derived from them.

Whoever gave you this copy of MCUNet Studio offers, valid for at least three years from that day and for as long as they offer
support or spare parts for it, to give anyone who has this copy the complete corresponding machine-readable source code of
these programs and libraries, on a medium customarily used for software interchange, for no more than the cost of physically
performing the transfer. Ask where you got MCUNet Studio from, and name the packages below.

${section(
  'Built by their distributor; the source is also in its archives ("apt-get source NAME=VERSION"), at https://snapshot.debian.org:',
  fromDebian,
)}${section('Built from the sources that these repositories name for the version:', fromArchives)}They come WITHOUT ANY WARRANTY, to the extent permitted by applicable law.
`;
}

/** Writes the offer beside the staged tools. */
export const writeSourceOffer = (folder: string, text: string): Promise<void> =>
  writeFile(join(folder, 'SOURCE-OFFER.txt'), text);
