import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../contract/index.ts';
import { withScratch } from '../../processes/index.ts';
import { defaultWorkspaceFolder, doJob, format, hardwareOf, inferFiles, runJob } from '../../studio/index.ts';
import type { Answer } from '../answer.ts';
import { jobView } from '../jobView.ts';
import { textTable } from '../textTable.ts';
import { withJson, type AddCommand, type Session } from './command.ts';
import { hardwareParams, withHardware, type HardwareOptions } from './hardware.ts';

interface InferOptions extends HardwareOptions {
  readonly board?: string;
  readonly model?: string;
  readonly run?: string;
  readonly dataset?: string;
}

export const addInfer: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('infer')))
    .description('what a board says about pictures or recordings')
    .argument('<files...>', 'PNG, JPEG or WebP pictures, or WAV recordings')
    .option('--run <run>', 'a finished run: its folder, or its name in the workspace')
    .option('--model <file>', 'instead of a run: an int8 .tflite or .onnx file, which is built first')
    .option('--board <id>', 'with --model: one of `mcunet boards`')
    .option('--dataset <spec>', 'names the classes, and says how files are read, where the run does not')
    .action((files: string[], options: InferOptions) => finish(() => infer(session, files, options)));
};

async function infer(session: Session, files: readonly string[], options: InferOptions): Promise<Answer> {
  const { run, model, board, dataset, ...hardware } = options;
  if (run !== undefined) return show(session, folderOf(run), files, { dataset, ...hardware });
  if (model === undefined || board === undefined) throw neither();
  return withScratch('infer', async (out) => {
    const params = { kind: 'build' as const, model, boardId: board };
    await runJob(doJob, params, { out, signal: session.console.signal, onEvent: jobView(session) });
    return await show(session, out, files, { dataset, ...hardware });
  });
}

const folderOf = (run: string): string =>
  existsSync(join(run, 'run.json')) ? run : join(defaultWorkspaceFolder(), 'runs', run);

async function show(
  { console, progress }: Session,
  folder: string,
  files: readonly string[],
  { dataset, ...hardware }: HardwareOptions & { readonly dataset?: string | undefined },
): Promise<Answer> {
  const { info, results } = await inferFiles(
    folder,
    files,
    { dataset, hardware: hardwareOf(hardwareParams(hardware)) },
    { signal: console.signal, onProgress: progress.report },
  );
  const named = results.map(({ png: _png, predicted, ...result }) => ({
    ...result,
    predicted,
    name: info.classes[predicted] ?? String(predicted),
  }));
  const rows = named.map(({ file, name, scores, predicted, latencyMs, equal }) => [
    file,
    name,
    format.percent(scores[predicted] ?? 0),
    format.milliseconds(latencyMs),
    equal ? 'yes' : 'NO',
  ]);
  const time = info.estimated ? 'time, estimated' : 'time on the board';
  return {
    json: { ...info, results: named },
    text: textTable(['file', 'board says', 'score', time, 'equals the interpreter'], rows),
    ok: named.every(({ equal }) => equal),
  };
}

const neither = (): StudioError =>
  new StudioError({
    code: 'cli.no-run',
    message: 'It was not said what the board shall run.',
    remedy: 'Name a finished run with --run, or a model and a board with --model and --board.',
  });
