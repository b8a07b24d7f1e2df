// Which programs MCUNet Studio runs, where they come from, and where they are looked for. Plain Node without packages:
// the set-up reads it before anything is installed, `main/toolchain` afterwards.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const stagedFolder = join(dirname(fileURLToPath(import.meta.url)), 'staged');

/** xPack's builds for systems without Debian packages; file names and checksums from the npm packages' metadata. */
const xpack = (name, version, release, files) => ({
  version,
  baseUrl: `https://github.com/xpack-dev-tools/${name}-xpack/releases/download/v${release}`,
  files: Object.fromEntries(
    Object.entries(files).map(([platform, sha256]) => [
      platform,
      { file: `xpack-${name}-${version}-${platform}.${platform.startsWith('win32') ? 'zip' : 'tar.gz'}`, sha256 },
    ]),
  ),
});

export const tools = {
  'arm-gcc': {
    title: 'arm-none-eabi-gcc with newlib',
    purpose: 'compiles firmware',
    commands: ['arm-none-eabi-gcc'],
    versionArgument: '-dumpfullversion',
    override: 'MCUNET_ARM_GCC',
    debian: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
    download: xpack('arm-none-eabi-gcc', '15.2.1-1.1', '15.2.1-1.1', {
      'darwin-arm64': '574082d35e49a2bcbdc355836b2a3ae5e5bb3b9456c9f5e37177db2ab4aad870',
      'darwin-x64': '5be906a5194c3173e145a58048e5607ffff947773237802b93e55e23c415f1b6',
      'linux-arm64': '67980c7990eba7bb7ffdf39699102effd70889f5ac427be19a8c8a6c5fab2972',
      'linux-x64': 'da6a49ad4003944b823c6c93702a8787c922ab34bd7e918ec0eaf6933a9b1ff6',
      'win32-x64': 'bae6a3d1667697ce750c3b13d6d26d80973ecedc2cc87bf04869e83447fd93ea',
    }),
  },
  qemu: {
    title: 'qemu-system-arm',
    purpose: 'emulates the virtual boards',
    commands: ['qemu-system-arm'],
    versionArgument: '--version',
    override: 'MCUNET_QEMU',
    debian: ['qemu-system-arm'],
    download: xpack('qemu-arm', '9.2.4-1', '9.2.4-1', {
      'darwin-arm64': '2752ae3bdff112a8574373157ef1e0eb51fd50b1ee8554275f2ff20ba1ff1b6d',
      'darwin-x64': 'c8be02219b4328624f696942aff8d6d5b98dbf07c6f2eb61adca12b7a120a140',
      'linux-arm64': '50fc7ccace24982bcf964a1b5286a05b63f185421f5e1018fb6cbaf78b42277b',
      'linux-x64': '203dc2c71e25fcf97b95181328e9b888cc8092ff404bffd4d267b9defabcb698',
      'win32-x64': 'f029d6549fabe5b0ddce07921832bb97a20f56d54b63c8f4d3d5e82c3c8eae33',
    }),
  },
  openocd: {
    title: 'OpenOCD',
    purpose: 'flashes boards through their debug probe',
    commands: ['openocd'],
    versionArgument: '--version',
    override: 'MCUNET_OPENOCD',
    debian: ['openocd'],
    download: xpack('openocd', '0.12.0-7', '0.12.0-7', {
      'darwin-arm64': '667342c086984f3e5a55b4e0d5f711add13fb04de040fca493303000e6c19327',
      'darwin-x64': '668ad25350103a4357e11629ec833eae5982e973889ce25bad0c2963e37fa8bf',
      'linux-arm64': 'db73a3ab91c556ecec2405a7e02d404b11139df6aba1031cad94a7e6766d06cc',
      'linux-x64': '94b3790983beaf8ed57e646c0620dd66d705fddae03d290823a6ed3b439468d6',
      'win32-x64': '6bfd3c97135aafef8affc9af1acf34fd0e2b9ca26044506f6abd7f95b7630052',
    }),
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

/** Where installers put things that they leave off PATH. */
const usualPlaces = {
  darwin: ['/opt/homebrew/bin', '/usr/local/bin', '/Applications/Chromium.app/Contents/MacOS'],
  win32: [
    'C:\\Program Files\\qemu',
    'C:\\Program Files\\Google\\Chrome\\Application',
    'C:\\Program Files (x86)\\Arm GNU Toolchain arm-none-eabi\\bin',
  ],
  linux: ['/usr/local/bin', '/snap/bin'],
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
 * what came with the app (`bundle`), what the set-up staged, the user's PATH, the system's usual places.
 */
export function findTool(name, { env = process.env, bundle = null, staged = stagedFolder, overrides = {} } = {}) {
  const tool = tools[name];
  const suffixes = process.platform === 'win32' ? ['.exe', ''] : [''];
  const chosen = overrides[name] ?? env[tool.override];
  if (chosen) return existsSync(chosen) ? { name, path: chosen, origin: 'chosen', environment: {} } : null;
  const trees = [
    ['bundled', bundle],
    ['staged', staged],
  ].filter(([, tree]) => tree !== null);
  const places = [
    ...trees.flatMap(([origin, tree]) => binFoldersOf(tree).map((folder) => [origin, folder, tree])),
    ...(env.PATH ?? '').split(delimiter).map((folder) => ['path', folder, null]),
    ...(usualPlaces[process.platform] ?? []).map((folder) => ['system', folder, null]),
  ];
  for (const command of tool.commands) {
    for (const [origin, folder, tree] of places) {
      for (const suffix of suffixes) {
        const path = join(folder, command + suffix);
        if (folder !== '' && existsSync(path)) {
          return { name, path, origin, environment: tree === null ? {} : environmentFor(path, tree) };
        }
      }
    }
  }
  return null;
}

/** What to download by hand where no Debian package is at hand, in one line; or null. */
export function downloadAdvice(name) {
  const { download, title } = tools[name];
  const file = download?.files[`${process.platform}-${process.arch}`];
  if (!download || !file) return null;
  return `${title}: download ${download.baseUrl}/${file.file} (SHA-256 ${file.sha256}) and unpack it below ${stagedFolder}`;
}
