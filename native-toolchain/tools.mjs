// Which programs MCUNet Studio runs, where they come from, and where they are looked for. Plain Node without packages:
// the set-up reads it before anything is installed, `main/toolchain` afterwards.
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const stagedFolder = join(dirname(fileURLToPath(import.meta.url)), 'staged');

/** What the makers offer for systems without Debian packages: one list, shared with the packaging of the app. */
const manifest = JSON.parse(readFileSync(new URL('./manifest.json', import.meta.url), 'utf8')).tools;
const archivesOf = (id) => manifest.find((tool) => tool.id === id);

export const tools = {
  'arm-gcc': {
    title: 'arm-none-eabi-gcc with newlib',
    purpose: 'compiles firmware',
    commands: ['arm-none-eabi-gcc'],
    versionArgument: '-dumpfullversion',
    override: 'MCUNET_ARM_GCC',
    debian: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
    download: archivesOf('gcc'),
  },
  qemu: {
    title: 'qemu-system-arm',
    purpose: 'emulates the virtual boards',
    commands: ['qemu-system-arm'],
    versionArgument: '--version',
    override: 'MCUNET_QEMU',
    debian: ['qemu-system-arm'],
    download: archivesOf('qemu'),
  },
  openocd: {
    title: 'OpenOCD',
    purpose: 'flashes boards through their debug probe',
    commands: ['openocd'],
    versionArgument: '--version',
    override: 'MCUNET_OPENOCD',
    debian: ['openocd'],
    download: archivesOf('openocd'),
  },
  'host-gcc': {
    title: 'a C compiler for this machine',
    purpose: 'compares generated C on the host',
    commands: ['gcc', 'cc', 'clang'],
    versionArgument: '-dumpversion',
    override: 'MCUNET_HOST_GCC',
    debian: ['gcc', 'libc6-dev'],
    download: null,
  },
  chromium: {
    title: 'Chromium',
    purpose: 'runs the browser tests',
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
    versionArgument: '--version',
    override: 'MCUNET_CHROMIUM',
    debian: ['chromium'],
    download: null,
  },
};

/** Where programs are though the PATH may not say so. */
const usualPlaces = {
  darwin: ['/opt/homebrew/bin', '/usr/local/bin', '/Applications/Chromium.app/Contents/MacOS'],
  win32: [
    'C:\\Program Files\\qemu',
    'C:\\Program Files\\Google\\Chrome\\Application',
    'C:\\Program Files (x86)\\Arm GNU Toolchain arm-none-eabi\\bin',
  ],
  linux: ['/usr/local/bin', '/usr/bin', '/bin', '/snap/bin'],
};

const foldersIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(folder, entry.name))
    : [];

/** A staged tree holds Debian's layout (`usr/…`) or an unpacked xPack (`bin/…`). */
function binFoldersOf(tree) {
  return foldersIn(tree).flatMap((folder) => [
    // The chromium in usr/bin is a script that knows only its installed place.
    join(folder, 'usr', 'lib', 'chromium'),
    join(folder, 'usr', 'bin'),
    join(folder, 'bin'),
  ]);
}

/** Relocated Debian programs find their libraries through this. */
function environmentFor(path, tree) {
  const root = foldersIn(tree).find((folder) => path.startsWith(folder));
  if (root === undefined) return {};
  // The bundle keeps a tool's libraries in a folder of their own.
  const bundled = join(root, 'lib', 'host');
  if (existsSync(bundled)) return { LD_LIBRARY_PATH: bundled };
  const triplets = ['usr/lib', 'lib'].flatMap((lib) =>
    foldersIn(join(root, lib)).filter((folder) => /-linux-gnu\w*$/.test(folder)),
  );
  // Private libraries (pulseaudio's) lie one folder deeper and are found by an absolute path that relocation breaks.
  const libraries = triplets.flatMap((folder) => [
    folder,
    ...foldersIn(folder).filter((sub) => /pulseaudio$/.test(sub)),
  ]);
  if (libraries.length === 0) return {};
  return { LD_LIBRARY_PATH: libraries.join(delimiter) };
}

/**
 * Where a tool is, or null. Looked for in this order: an explicit choice (`overrides`, then its environment variable),
 * what came with the app (`bundle`), what the set-up staged, the user's PATH, the system's usual places (`usual`).
 */
export const findTool = (name, search) => findTools(name, search)[0] ?? null;

/** Everywhere that a tool is, in the order of `findTool`; a choice that leads nowhere leaves nothing to choose from. */
export function findTools(
  name,
  {
    env = process.env,
    bundle = null,
    staged = stagedFolder,
    overrides = {},
    usual = usualPlaces[process.platform] ?? [],
  } = {},
) {
  const tool = tools[name];
  const suffixes = process.platform === 'win32' ? ['.exe', ''] : [''];
  const chosen = overrides[name] ?? env[tool.override];
  if (chosen && !existsSync(chosen)) return [];
  const found = chosen ? [{ name, path: chosen, origin: 'chosen', environment: {} }] : [];
  const trees = [
    ['bundled', bundle],
    ['staged', staged],
  ].filter(([, tree]) => tree !== null);
  const places = [
    ...trees.flatMap(([origin, tree]) => binFoldersOf(tree).map((folder) => [origin, folder, tree])),
    ...(env.PATH ?? '').split(delimiter).map((folder) => ['path', folder, null]),
    ...usual.map((folder) => ['system', folder, null]),
  ];
  for (const command of tool.commands) {
    for (const [origin, folder, tree] of places) {
      for (const suffix of suffixes) {
        const path = join(folder, command + suffix);
        // One program by several names, as where /bin is a link to /usr/bin, counts once.
        if (folder !== '' && existsSync(path) && !found.some((other) => isSameFile(other.path, path))) {
          found.push({ name, path, origin, environment: tree === null ? {} : environmentFor(path, tree) });
        }
      }
    }
  }
  return found;
}

const isSameFile = (one, other) => realpathSync(one) === realpathSync(other);

/** What to download by hand where no Debian package is at hand, in one line; or null. */
export function downloadAdvice(name) {
  const { download, title } = tools[name];
  const file = download?.archives[`${process.platform}-${process.arch}`];
  if (!download || !file) return null;
  return `${title}: download ${download.baseUrl}/${file.file} (SHA-256 ${file.sha256}) and unpack it below ${stagedFolder}`;
}

/**
 * A PATH with the system's own folders at its end. The set-up, and what it starts, needs apt-get with its helpers, and a compiler
 * its assembler, wherever the user's PATH leads; whatever that names still comes first.
 */
export function wholePath(path = '') {
  const system =
    process.platform === 'win32' ? [] : ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return [...new Set([...path.split(delimiter).filter((folder) => folder !== ''), ...system])].join(delimiter);
}
