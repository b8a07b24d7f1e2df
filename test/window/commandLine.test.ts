import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../native-toolchain/tools.mjs';
import { commandLine } from '../support/commandLine.ts';
import { accessibilityProblems, openWindow, type OpenWindow } from './browser.ts';

/**
 * Everything the command line does is in the window: each argument and option of each command, beside the control that
 * does the same there. A new option fails the first test until it has a control, or a reason why it needs none.
 */

/** Where a control is: a screen, what has to be opened on it first, and its name. */
interface Control {
  readonly at: Place;
  readonly name: string | RegExp;
}
/** An option that means nothing in a window, and why. */
interface Needless {
  readonly not: string;
}
type Offer = Control | Needless;

/** A screen with what is to be clicked there: the tests go through it by keyboard. */
const places = {
  home: { screen: 'Home', open: [] },
  data: { screen: 'Data', open: [] },
  search: { screen: 'Search', open: ['More options'] },
  train: { screen: 'Train', open: ['More options'] },
  build: { screen: 'Build', open: ['More options', 'Judge it on a data set', 'Take it away', /^Run it in/] },
  live: { screen: 'Board', open: [] },
  board: { screen: 'Board', open: ['Try and flash'] },
  about: { screen: 'Board', open: ['Board and computer'] },
  lab: { screen: 'Lab', open: [] },
  pack: { screen: 'Home', open: [/^Workspace:/, 'Pack all runs into a project file'] },
  runs: { screen: 'Runs', open: [] },
  top: { screen: 'Home', open: [] },
} as const;
type Place = keyof typeof places;

const at = (place: Place, name: string | RegExp): Control => ({ at: place, name });
const not = (why: string): Needless => ({ not: why });

const json = not('The window shows what the document says; every run keeps it as report.json among its files.');
const runFolder = not('Runs of the window go to its workspace; their files are saved from the tab Files.');
const board = at('top', /^Board:/);
const hardware = (place: Place) => ({ '--probe': at(place, 'Probe'), '--port': at(place, 'Serial port') });

const model = at('build', 'Model (.tflite, .onnx)');
const howToBuild = { '--plan': at('build', 'Memory plan'), '--input': at('build', 'Input') };
const chance = (place: Place) => ({
  '--seed': at(place, 'Seed'),
  '--workers': at(place, 'Threads'),
  '--evaluate': at(place, 'Test samples on the board'),
});

/** What the window offers for each command; `do` is what starts it. */
const offers: Readonly<Record<string, Readonly<Record<string, Offer>>>> = {
  demo: {
    do: at('home', 'Start the demo'),
    '--minutes': at('train', 'Minutes'),
    '--board': board,
    '--out': runFolder,
    ...hardware('train'),
    '--json': json,
  },
  doctor: { do: at('about', 'Check again'), '--json': json },
  boards: { do: board, '--json': json },
  inspect: { do: at('build', 'Model (.tflite, .onnx)'), '<model>': model, '--json': json },
  run: {
    do: at('build', 'Run the samples'),
    '<model>': model,
    '--inputs': at('build', 'Samples'),
    '--out': at('build', 'Folder for the files'),
    '--json': json,
  },
  build: {
    do: at('build', 'Build only'),
    '<model>': model,
    '--board': board,
    ...howToBuild,
    '--out': runFolder,
    '--json': json,
  },
  flash: {
    do: at('board', 'Write and verify'),
    '--board': board,
    '--image': at('board', 'Image (ELF, BIN, HEX)'),
    '--unlock': at('board', 'Confirmation'),
    ...hardware('board'),
    '--json': json,
  },
  smoke: { do: at('board', 'Blink it'), '--board': board, ...hardware('board'), '--json': json },
  calibrate: { do: at('board', 'Measure the kernels'), '--board': board, ...hardware('board'), '--json': json },
  profile: {
    do: at('build', /^Build, flash and measure/),
    '<model>': model,
    '--board': board,
    '--inputs': at('build', 'Samples to send (raw int8)'),
    ...howToBuild,
    '--out': runFolder,
    ...hardware('build'),
    '--json': json,
  },
  evaluate: {
    do: at('build', 'Build, flash and judge'),
    '<model>': model,
    '--board': board,
    '--dataset': at('build', 'Data set'),
    '--split': at('build', 'Split'),
    '--limit': at('build', 'Samples'),
    ...howToBuild,
    '--out': runFolder,
    ...hardware('build'),
    '--json': json,
  },
  infer: {
    do: at('live', /^(Start the live view|Build a model)$/),
    '<files...>': not('The live view takes them when it runs; live.test.ts shows it.'),
    '--run': not('Chosen in the live view once there is one; live.test.ts shows it.'),
    '--model': model,
    '--board': board,
    '--dataset': not('Named in the live view beside a run that had none; live.test.ts shows it.'),
    ...hardware('board'),
    '--json': json,
  },
  train: {
    do: at('train', 'Train, build and measure'),
    '--dataset': at('train', 'Data set'),
    '--board': at('train', 'Board'),
    '--minutes': at('train', 'Minutes'),
    '--architecture': at('train', 'Architecture (JSON)'),
    ...chance('train'),
    '--out': runFolder,
    ...hardware('train'),
    '--json': json,
  },
  space: {
    do: not('A search has the space that it chose as space.json among its files.'),
    '--dataset': not('As above.'),
    '--width': not('As above.'),
    '--json': not('As above.'),
  },
  search: {
    do: at('search', 'Search, train and measure'),
    '--dataset': at('search', 'Data set'),
    '--board': at('search', 'Further boards'),
    '--minutes': at('search', 'Minutes'),
    '--space': at('search', 'Search space (JSON)'),
    '--repeat': at('search', 'Repeat a recorded search'),
    '--sram': at('search', 'Exact limit: SRAM'),
    '--flash': at('search', 'Exact limit: Flash'),
    '--latency': at('search', 'Exact limit: Latency'),
    '--energy': at('search', 'At most: energy (µJ)'),
    '--rows': at('search', 'Input row by row'),
    '--proxy': at('search', 'Order of the queue'),
    '--no-calibrate': at('search', 'Measure the board’s kernels first'),
    ...chance('search'),
    '--out': runFolder,
    ...hardware('search'),
    '--json': json,
  },
  bench: {
    do: at('lab', /^Start the session/),
    '<matrix>': at('lab', 'Open a MATRIX.json'),
    '--resume': not('A session that was interrupted has the button Go on; lab.test.ts shows it.'),
    '--json': at('lab', 'Save MATRIX.json'),
  },
  export: {
    do: at('build', 'Write the files'),
    '<model>': model,
    '--format': at('build', 'As'),
    '--board': board,
    ...howToBuild,
    '--out': at('build', 'Folder for the files'),
    '--json': json,
  },
  'project pack': {
    do: at('pack', 'Pack'),
    '<file>': at('pack', 'File (.mcunet)'),
    '--workspace': not('The window has one workspace, which it shows above.'),
    '--name': at('pack', 'Name'),
    '--run': not('Runs that are selected under Runs are packed from there; firstMinutes.test.ts shows it.'),
    '--with-datasets': at('pack', 'Copy the data sets into it, too'),
    '--json': json,
  },
  'project open': {
    do: at('home', 'Open a project file'),
    '<file>': at('home', 'Open a project file'),
    '--workspace': not('The window has one workspace, which it shows above.'),
    '--json': json,
  },
  'project info': {
    do: at('home', 'Open a project file'),
    '<file>': at('home', 'Open a project file'),
    '--json': json,
  },
  serve: {
    do: not('It opens the window.'),
    '--port': not('It opens the window.'),
    '--workspace': not('It opens the window.'),
    '--json': not('It opens the window.'),
  },
};

describe('the window beside the command line', () => {
  it('has a control, or a reason for none, for every argument and option of every command', () => {
    const known = Object.entries(offers).map(([name, { do: _start, ...rest }]) => [name, Object.keys(rest).sort()]);
    const there = Object.entries(commandLine()).map(([name, all]) => [name, all.sort()]);
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(there));
  });
});

const chromium = findTool('chromium');

describe.skipIf(chromium === null)('every control that stands for an option', () => {
  let open: OpenWindow;
  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '');
    // A board that is not plugged in: what belongs to hardware is only there for a real one.
    await open.page.getByRole('button', { name: /^Board:/ }).press('Enter');
    await open.page.getByRole('menuitem', { name: /^NUCLEO-F446RE/i }).press('Enter');
  });
  afterAll(() => open.close());

  const controls = Object.entries(offers).flatMap(([command, options]) =>
    Object.entries(options).flatMap(([option, offer]) => ('at' in offer ? [{ command, option, ...offer }] : [])),
  );

  it.each(Object.keys(places) as Place[])('is there and can be reached by keyboard: %s', async (place) => {
    const { page } = open;
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: places[place].screen }).focus();
    await page.keyboard.press('Enter');
    for (const name of places[place].open) {
      const opener = page
        .getByRole('button', { name })
        .or(page.getByRole('tab', { name }))
        .or(page.getByRole('menuitem', { name }))
        .first();
      await opener.focus();
      await page.keyboard.press('Enter');
    }
    const missing: string[] = [];
    for (const { command, option, name } of controls.filter((control) => control.at === place)) {
      const exact = typeof name === 'string';
      const control = page.getByRole('button', { name, exact }).or(page.getByLabel(name, { exact })).first();
      const found = await control.waitFor({ timeout: 15_000 }).then(
        () => true,
        () => false,
      );
      // Disabled ones wait for what they are about.
      const takesFocus = found && ((await control.isDisabled()) || (await control.focus().then(() => true)));
      if (!takesFocus) missing.push(`${command} ${option}: ${String(name)}`);
    }
    expect(missing).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
  });
});
