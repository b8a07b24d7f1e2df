#!/usr/bin/env node
// Makes a Debian package with Debian's own dpkg-deb from the arguments with which electron-builder calls fpm: so a package for
// Debian needs no Ruby, and nothing that has to be downloaded. Takes exactly what electron-builder says, and refuses the rest.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const named = {
  '-s': 'source',
  '-t': 'target',
  '-d': 'depends',
  '--deb-recommends': 'recommends',
  '--deb-compression': 'compression',
  '--deb-priority': 'priority',
  '--architecture': 'architecture',
  '--after-install': 'postinst',
  '--after-remove': 'postrm',
  '--description': 'description',
  '--version': 'version',
  '--package': 'package',
  '--name': 'name',
  '--maintainer': 'maintainer',
  '--vendor': 'vendor',
  '--url': 'url',
  '--license': 'license',
  '--category': 'category',
};
const several = new Set(['depends', 'recommends']);

/** @returns {{ options: Record<string, string>, lists: Record<string, string[]>, files: [from: string, to: string][] }} */
function readArguments(argv) {
  const options = {};
  const lists = { depends: [], recommends: [] };
  const files = [];
  const rest = [...argv];
  while (rest.length > 0) {
    const word = rest.shift();
    if (word === '--force') continue;
    const name = named[word];
    if (name !== undefined) {
      const value = rest.shift();
      if (value === undefined) throw new Error(`${word} is given without a value`);
      if (several.has(name)) lists[name].push(value);
      else options[name] = value;
      continue;
    }
    const [from, to, ...more] = word.split('=');
    if (word.startsWith('-') || !to?.startsWith('/') || more.length > 0) throw new Error(`${word} is not understood`);
    files.push([from, to]);
  }
  if (options.target !== 'deb' || options.source !== 'dir')
    throw new Error('only folders become packages, and only deb');
  return { options, lists, files };
}

/** Puts the files where they are to be installed: `FOLDER/=/opt/x` its content, `FILE=/y/z` one file under that name. */
function stage(files, root) {
  for (const [from, to] of files) {
    const target = join(root, to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(from, target, { recursive: true, verbatimSymlinks: true });
  }
  for (const name of ['', ...readdirSync(root, { recursive: true })]) {
    const path = join(root, name);
    const status = lstatSync(path);
    // Whoever packs may have a private umask; what is installed is there for all.
    if (!status.isSymbolicLink()) chmodSync(path, status.isDirectory() || (status.mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

const contentOf = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Debian Policy 5.3; a description's later lines begin with a space, an empty one is a dot. */
function controlFile({ options, lists }, kib) {
  const [synopsis, ...paragraphs] = options.description.split('\n').map((line) => line.trim());
  const lines = {
    Package: options.name,
    Version: options.version,
    License: options.license,
    Vendor: options.vendor,
    Architecture: options.architecture,
    Maintainer: options.maintainer,
    'Installed-Size': String(kib),
    Depends: lists.depends.join(', '),
    Recommends: lists.recommends.join(', '),
    Section: options.category ?? 'default',
    Priority: options.priority ?? 'optional',
    Homepage: options.url,
    Description: [synopsis, ...paragraphs.map((line) => ` ${line === '' ? '.' : line}`)].join('\n'),
  };
  return Object.entries(lines)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

function main(argv) {
  const read = readArguments(argv);
  const { options } = read;
  const root = mkdtempSync(join(tmpdir(), 'mcunet-deb-'));
  try {
    chmodSync(root, 0o755);
    stage(read.files, root);
    const files = contentOf(root);
    const kib = files.reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
    const sums = files.map(
      (file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(root, file)}\n`,
    );
    mkdirSync(join(root, 'DEBIAN'));
    writeFileSync(join(root, 'DEBIAN', 'control'), controlFile(read, kib), { mode: 0o644 });
    writeFileSync(join(root, 'DEBIAN', 'md5sums'), sums.join(''), { mode: 0o644 });
    for (const script of ['postinst', 'postrm'])
      if (options[script] !== undefined)
        writeFileSync(join(root, 'DEBIAN', script), readFileSync(options[script]), { mode: 0o755 });
    const compression = { gz: 'gzip' }[options.compression] ?? options.compression ?? 'xz';
    const args = ['--root-owner-group', `-Z${compression}`, '--build', root, options.package];
    const made = spawnSync('dpkg-deb', args, { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr || made.error?.message || 'dpkg-deb failed');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
