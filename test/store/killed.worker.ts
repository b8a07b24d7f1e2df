// Does run after run, step after step, until it is killed. Says on standard output what it has finished.
import { Workspace } from '../../main/store/index.ts';

const workspace = Workspace.open(process.argv[2] ?? '');
for (let number = 0; ; number++) {
  const run = workspace.createRun({ kind: 'train', title: `run ${number}`, params: {} });
  run.update({ state: 'running' });
  for (let step = 0; step < 5; step++) {
    const name = `step-${step}`;
    const artefact = run.writeArtefact(name, `${name}.bin`, new Uint8Array(5000).fill(step));
    run.log({ at: 0, level: 'info', step: name, message: `did ${name}` });
    run.finishStep(name, { inputHash: name, artefacts: [artefact], output: { step } });
    process.stdout.write(`${run.record.id} ${name}\n`);
  }
  run.update({ state: 'done' });
  run.close();
}
