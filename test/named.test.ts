import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './support/commandLine.ts';

/** What messages, the window's words and the documents tell people to type is there to be typed. */
const root = join(import.meta.dirname, '..');
const texts = ['main', 'renderer', 'docs', 'native-toolchain', 'test/bench']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)),
  )
  .concat('README.md', 'ARCHITECTURE.md')
  .filter((file) => /\.(md|tsx?|mjs)$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

const found = (pattern: RegExp): { readonly file: string; readonly words: string }[] =>
  texts.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, words = '']) => ({ file, words })));

/** Lines that our OpenOCD scripts print, to be read back. */
const PRINTED = ['written', 'verified'];

describe('what people are told to type', () => {
  it('names commands and options of mcunet that there are', () => {
    const known = commandLine();
    // Only what is whole: a template's words are put together when it is said.
    const told = found(/`mcunet ([a-z][^`$]*?)\\?`/g);
    expect(told.length).toBeGreaterThan(20);
    const wrong = told.filter(({ words }) => {
      const [command, ...rest] = words.split(/\s+/);
      if (PRINTED.includes(command)) return false;
      const options = known[command] ?? known[`${command} ${rest[0] ?? ''}`];
      return options === undefined || rest.some((word) => word.startsWith('--') && !options.includes(word));
    });
    expect(wrong).toEqual([]);
  });

  it('names scripts of npm that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const told = found(/npm run (?:-s )?([a-z][a-z:-]*[a-z])/g);
    expect(told.length).toBeGreaterThan(50);
    expect(told.filter(({ words }) => !(words in scripts))).toEqual([]);
  });
});
