import { checkUp } from '../../studio/index.ts';
import { paint } from '../console.ts';
import { withJson, type AddCommand } from './command.ts';

const marks = { ok: ['green', '✓'], warning: ['yellow', '!'], missing: ['red', '✗'] } as const;

export const addDoctor: AddCommand = (program, { console }, finish) => {
  withJson(program.command('doctor'))
    .description('each tool and permission, what is wrong, what to do')
    .action(() =>
      finish(async () => {
        const findings = await checkUp();
        const lines = findings.flatMap(({ state, title, detail, remedy, path }) => {
          const [colour, mark] = marks[state];
          const head = `${paint(console, colour, mark)} ${title}: ${detail}${path === null ? '' : paint(console, 'dim', ` (${path})`)}`;
          return remedy === null ? [head] : [head, `  ${paint(console, 'cyan', '→')} ${remedy}`];
        });
        const ok = findings.every(({ state }) => state !== 'missing');
        return { json: { ok, findings }, text: lines.join('\n'), ok };
      }),
    );
};
