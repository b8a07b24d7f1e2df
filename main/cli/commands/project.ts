import type { Command } from 'commander';
import type { ProjectInfo, ProjectReference } from '../../contract/index.ts';
import { defaultWorkspaceFolder, format, inspectProject, openProject, packProject } from '../../studio/index.ts';
import { Workspace } from '../../store/index.ts';
import { withJson, type AddCommand, type Finish, type Session } from './command.ts';

interface PackOptions {
  readonly workspace?: string;
  readonly name?: string;
  readonly run?: string[];
  readonly withDatasets?: boolean;
}

const workspaceOption = '--workspace <folder>';

/** `project pack | open | info`: runs and what they were made from, in one file. */
export const addProject: AddCommand = (program, session, finish) => {
  const project = program.command('project').description('pack runs into one file, and open them elsewhere');
  addPack(project, session, finish);
  addOpen(project, session, finish);
  withJson(project.command('info'))
    .description('what is in a project file')
    .argument('<file>', 'a .mcunet file')
    .action((file: string) =>
      finish(async () => {
        const info = inspectProject(file);
        return { json: info, text: describe(info) };
      }),
    );
};

function addPack(project: Command, { console, progress }: Session, finish: Finish): void {
  withJson(project.command('pack'))
    .description('pack runs, settings and models of a workspace into one file')
    .argument('<file>', 'the .mcunet file to write')
    .option(workspaceOption, 'the workspace (the default one)')
    .option('--name <name>', 'what the project is called (as the file)')
    .option('--run <id...>', 'which runs (all that are not being done)')
    .option('--with-datasets', 'copy the datasets into the file, instead of referring to them')
    .action((file: string, { workspace: folder, name, run, withDatasets }: PackOptions) =>
      finish(async () => {
        const workspace = Workspace.open(folder ?? defaultWorkspaceFolder());
        try {
          const packed = await packProject(
            workspace,
            {
              path: file,
              name: name ?? nameOf(file),
              runIds: run,
              datasets: withDatasets === true ? 'copy' : 'reference',
            },
            { signal: console.signal, onProgress: progress.report },
          );
          const left = packed.leftOut.map((id) => `left out, it is being done: ${id}`);
          return { json: packed, text: [packed.path, describe(packed), ...left].join('\n') };
        } finally {
          workspace.close();
        }
      }),
    );
}

function addOpen(project: Command, { console, progress }: Session, finish: Finish): void {
  withJson(project.command('open'))
    .description('bring the runs and files of a project into a workspace')
    .argument('<file>', 'a .mcunet file')
    .option(workspaceOption, 'the workspace, made where there is none (the default one)')
    .action((file: string, { workspace: folder }: { readonly workspace?: string }) =>
      finish(async () => {
        inspectProject(file);
        const workspace = Workspace.open(folder ?? defaultWorkspaceFolder());
        try {
          const opened = await openProject(workspace, file, {
            signal: console.signal,
            onProgress: progress.report,
          });
          const lines = [
            `${opened.name}: ${opened.opened.length} runs opened in ${workspace.folder}`,
            ...opened.opened.map((id) => `  ${id}`),
            ...opened.alreadyThere.map((id) => `  ${id}  was there already`),
            ...(opened.filesFolder === null ? [] : [`files: ${opened.filesFolder}`]),
            ...opened.missing.map(({ kind, original }) => `not here: ${kind} ${original}`),
          ];
          return { json: opened, text: lines.join('\n') };
        } finally {
          workspace.close();
        }
      }),
    );
}

const nameOf = (file: string): string => file.replace(/^.*[/\\]/, '').replace(/\.mcunet$/i, '');

function describe({
  name,
  packedBy,
  packedAt,
  runs,
  references,
  files,
  packedBytes,
  unpackedBytes,
}: ProjectInfo): string {
  const size = `${format.integer(files)} files, ${format.bytes(unpackedBytes)} in ${format.bytes(packedBytes)}`;
  const says = ({ kind, original, copied, bytes }: ProjectReference): string =>
    `  ${kind} ${original}  ${copied ? `copied, ${format.bytes(bytes)}` : 'referred to'}`;
  return [
    `${name}: ${size}, packed ${new Date(packedAt).toISOString().slice(0, 16).replace('T', ' ')} by version ${packedBy}`,
    ...runs.map(({ id, state, title }) => `  ${id}  ${state}  ${title}`),
    ...references.map(says),
  ].join('\n');
}
