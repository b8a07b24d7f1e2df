import { existsSync, readFileSync, statSync } from 'node:fs';
import { StudioError } from '../../contract/index.ts';
import { fileInside, pathInside, readRecord } from '../../store/index.ts';

const mostBytes = 64 * 1024 * 1024;

/**
 * One file that a run made. Only what its record lists is handed out, and nothing outside its folder.
 *
 * @throws StudioError `run.no-artefact`, `run.artefact-too-large`, `store.bad-name`
 */
export function readRunArtefact(folder: string, name: string): { file: string; bytes: Uint8Array } {
  const artefact = readRecord(folder).artefacts.find((candidate) => candidate.name === name);
  // Somebody may have tidied up in the folder.
  if (artefact === undefined || !existsSync(pathInside(folder, artefact.file)))
    throw new StudioError({
      code: 'run.no-artefact',
      message: `The run has no file named ${JSON.stringify(name)}.`,
      remedy: 'Choose one of the files that the run lists.',
      details: { name },
    });
  const path = fileInside(folder, artefact.file);
  const { size } = statSync(path);
  if (size > mostBytes)
    throw new StudioError({
      code: 'run.artefact-too-large',
      message: `${artefact.file} has ${size} bytes, more than can be sent to the window.`,
      remedy: `Open it in the run’s folder: ${folder}.`,
      details: { file: artefact.file, bytes: size },
    });
  return { file: artefact.file, bytes: new Uint8Array(readFileSync(path)) };
}
