import type { Command } from 'commander';
import { addBench } from './bench.ts';
import { addBoards } from './boards.ts';
import { addBuild } from './build.ts';
import type { AddCommand, Finish, Session } from './command.ts';
import { addCalibrate } from './calibrate.ts';
import { addDoctor } from './doctor.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';
import { addFlash } from './flash.ts';
import { addInfer } from './infer.ts';
import { addInspect } from './inspect.ts';
import { addProfile } from './profile.ts';
import { addRun } from './run.ts';
import { addProject } from './project.ts';
import { addSearch } from './search.ts';
import { addSpace } from './space.ts';
import { addSmoke } from './smoke.ts';
import { addServe } from './serve.ts';
import { addDemo, addTrain } from './train.ts';

/** Every command, in the order in which the help lists them. */
const commands: readonly AddCommand[] = [
  addDemo,
  addDoctor,
  addBoards,
  addInspect,
  addRun,
  addBuild,
  addFlash,
  addSmoke,
  addCalibrate,
  addProfile,
  addEvaluate,
  addInfer,
  addTrain,
  addSpace,
  addSearch,
  addBench,
  addExport,
  addProject,
  addServe,
];

export function addCommands(program: Command, session: Session, finish: Finish): void {
  for (const add of commands) add(program, session, finish);
}
