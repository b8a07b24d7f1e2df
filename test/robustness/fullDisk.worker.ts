// Fills the disk that a workspace with two finished runs is on, and says which runs are listed after one has changed.
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../../main/store/index.ts';

const workspace = Workspace.open(process.argv[2] ?? '');
const [changing = ''] = ['one', 'other'].map((title) => {
  const run = workspace.createRun({ kind: 'build', title, params: {} });
  run.update({ state: 'done' });
  run.close();
  return run.record.id;
});
await workspace.refresh();

let room = true;
for (let number = 0; room; number++) {
  try {
    writeFileSync(join(workspace.folder, `filler-${number}`), new Uint8Array(512));
  } catch {
    room = false;
  }
}
utimesSync(join(workspace.folderOf(changing), 'run.json'), 1, 1);
const changed = await workspace.refresh();
const { runs } = await workspace.listRuns({ sortBy: 'title', descending: false });
workspace.close();
process.stdout.write(JSON.stringify({ told: changed.includes(changing), titles: runs.map(({ title }) => title) }));
