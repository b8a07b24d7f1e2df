import type { Migration } from '../migration.ts';

const isElf = (artefact: unknown): artefact is { readonly sha256: string } =>
  typeof artefact === 'object' &&
  artefact !== null &&
  /\.elf$/.test(String((artefact as { file?: unknown }).file)) &&
  typeof (artefact as { sha256?: unknown }).sha256 === 'string';

/** A run says which image it measured; before, only its list of files told. */
export const imageHash: Migration = {
  to: 2,
  title: 'the SHA-256 of the linked image',
  migrate(document) {
    const { artefacts } = document;
    const elf = Array.isArray(artefacts) ? (artefacts as unknown[]).find(isElf) : undefined;
    return { ...document, imageSha256: elf?.sha256 ?? null };
  },
};
