// Fills the disk that a workspace with two finished runs is on, and says which runs are listed after one has changed, and
// which when it was removed.
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

let fillers = 0;
function fill(): void {
  for (;;) {
    try {
      writeFileSync(join(workspace.folder, `filler-${fillers++}`), new Uint8Array(512));
    } catch {
      return;
    }
  }
}

fill();
utimesSync(join(workspace.folderOf(changing), 'run.json'), 1, 1);
const changed = await workspace.refresh();
const titles = async (): Promise<string[]> => {
  const { runs } = await workspace.listRuns({ sortBy: 'title', descending: false });
  return runs.map(({ title }) => title);
};
const before = await titles();
// What the index let go of has made room.
fill();
workspace.removeRun(changing);
const after = await titles();
workspace.close();
process.stdout.write(JSON.stringify({ told: changed.includes(changing), before, after }));
