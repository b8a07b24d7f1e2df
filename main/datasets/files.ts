import { basename, extname, resolve } from 'node:path';
import type { BrokenSample, LongCall } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';
import { assemble, type ReadSamples } from './assemble.ts';
import { readCache, writeCache } from './cache.ts';
import type { Container } from './container/container.ts';
import { kindOfPath, openContainer } from './container/open.ts';
import type { Dataset } from './dataset.ts';
import { decodeAll } from './decode/decodeAll.ts';
import type { Decoding } from './decode/decodeEntries.ts';
import { imageSize } from './decode/image.ts';
import { explainFeatures, explainFit, fitOf, timingOf } from './decode/settings.ts';
import { defaultLogMel } from './decode/logMel.ts';
import { BrokenSampleError, datasetError } from './errors.ts';
import { checkLimits } from './limits.ts';
import { listSamples, type Listing } from './readers/listing.ts';
import { readTableFile } from './readers/tables.ts';
import { SpecOptions, type DatasetSpec } from './spec.ts';

export interface FileOptions extends LongCall {
  readonly shape?: InputShape;
  readonly cacheDir?: string;
}

/** Photos are brought to at most this many pixels a side where nothing else is asked for. */
const LARGEST_DEFAULT = 96;

/** Opens a folder, a zip or a single file. Throws `dataset.…`. */
export async function openFiles(text: string, spec: DatasetSpec, options: FileOptions): Promise<Dataset> {
  const path = resolve(spec.target);
  const given = new SpecOptions(text, spec);
  if (kindOfPath(path) === 'file') return assemble(readTableFile(path, text, given, options.shape));
  const container = openContainer(path);
  try {
    const listing = listSamples(container);
    if (listing === null) {
      return assemble(readTableFile(path, text, given, options.shape, container));
    }
    return await openListing(path, text, given, container, listing, options);
  } finally {
    container.close();
  }
}

async function openListing(
  path: string,
  text: string,
  given: SpecOptions,
  container: Container,
  listing: Listing,
  options: FileOptions,
): Promise<Dataset> {
  const { shape, decoding, explained } = await chooseDecoding(given, container, listing, options.shape);
  const mirrorable = listing.kind === 'images' && !given.flag('unmirrored');
  const stopAtBroken = given.choice('broken', ['skip', 'stop']) === 'stop';
  given.finish();
  checkLimits(basename(path), listing.classes.length, listing.samples.length, shape);
  const key = JSON.stringify([path, container.stamp, shape, decoding, mirrorable, stopAtBroken]);
  const cached = options.cacheDir === undefined ? null : readCache(options.cacheDir, key);
  if (cached !== null) return cached;

  const entries = listing.samples.map(({ entry }) => entry);
  const { samples, hashes, broken: unreadable } = await decodeAll(path, container, entries, shape, decoding, options);
  const broken = [...listing.strays, ...unreadable];
  if (stopAtBroken && broken.length > 0) throw brokenSamples(path, broken);
  const read: ReadSamples = {
    name: basename(path, extname(path)),
    kind: listing.kind,
    spec: text,
    shape,
    classes: listing.classes,
    mirrorable,
    found: [...listing.found, explained],
    samples,
    labels: listing.samples.map(({ label }) => label),
    ids: entries.map(({ path: id }) => id),
    hashes,
    splits: listing.samples.map(({ split }) => split),
    groups: listing.samples.map(({ group }) => group),
    broken,
    warnings: listing.emptyClasses.map((name) => ({
      code: 'dataset.empty-class',
      message: `The folder ${name} holds no sample; it is no class.`,
    })),
  };
  const dataset = assemble(read);
  return options.cacheDir === undefined ? dataset : keep(dataset, options.cacheDir, key);
}

/** A full disk must not cost the user what was just decoded: it is said, and the dataset is used all the same. */
function keep(dataset: Dataset, cacheDir: string, key: string): Dataset {
  try {
    writeCache(cacheDir, key, dataset);
    return dataset;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const warning = {
      code: 'dataset.not-kept',
      message: `The decoded samples could not be kept for the next time: ${why}.`,
    };
    return { ...dataset, report: { ...dataset.report, warnings: [...dataset.report.warnings, warning] } };
  }
}

function brokenSamples(path: string, broken: readonly BrokenSample[]): Error {
  const [{ id, reason }] = broken;
  return datasetError(
    'broken-samples',
    `${broken.length} of the files in ${basename(path)} cannot be used, such as ${id}: ${reason}.`,
    'Repair or remove them, or leave them out with broken=skip.',
    { broken: broken.slice(0, 100) },
  );
}

async function chooseDecoding(
  given: SpecOptions,
  container: Container,
  listing: Listing,
  asked: InputShape | undefined,
): Promise<{ shape: InputShape; decoding: Decoding; explained: string }> {
  if (listing.kind === 'audio') {
    const features = {
      frames: given.whole('frames', 8, 1000, asked?.height ?? defaultLogMel.frames),
      bands: given.whole('bands', 8, 128, asked?.width ?? defaultLogMel.bands),
      ...timingOf(given),
    };
    const shape = { height: features.frames, width: features.bands, channels: 1 };
    return { shape, decoding: { kind: 'audio', features }, explained: explainFeatures(features) };
  }
  const size = given.whole('size', 8, 512, null);
  const height = given.whole('height', 8, 512, size ?? asked?.height ?? null);
  const width = given.whole('width', 8, 512, size ?? asked?.width ?? null);
  const channels = given.flag('grey') ? 1 : (asked?.channels ?? 3);
  const fit = fitOf(given);
  const side = height ?? width ?? (await typicalSide(container, listing));
  const shape = { height: height ?? side, width: width ?? side, channels };
  return { shape, decoding: { kind: 'images', fit }, explained: explainFit(shape, fit) };
}

/** Where the size is not given: that of the pictures, if they are small; otherwise the largest default. */
async function typicalSide(container: Container, listing: Listing): Promise<number> {
  const sides: number[] = [];
  const step = Math.max(1, Math.floor(listing.samples.length / 15));
  for (let i = 0; i < listing.samples.length && sides.length < 15; i += step) {
    try {
      const { width, height } = await imageSize(container.read(listing.samples[i].entry));
      sides.push(Math.min(width, height));
    } catch (error) {
      // Broken pictures are told of when all are read.
      if (!(error instanceof BrokenSampleError) && !(error instanceof Error)) throw error;
    }
  }
  const median = sides.sort((a, b) => a - b)[sides.length >> 1] ?? LARGEST_DEFAULT;
  return Math.max(8, Math.min(LARGEST_DEFAULT, median));
}
