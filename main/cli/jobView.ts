import type { JobEvent } from '../contract/index.ts';
import { paint } from './console.ts';
import type { Session } from './commands/command.ts';
import { clock } from './progressLine.ts';

/** Shows a job as it goes: each step with its time, what it logs, and the progress of the step at hand. */
export function jobView({ console, progress }: Session): (event: JobEvent) => void {
  let current = '';
  return (event) => {
    if (event.type === 'progress') return progress.report(event.progress);
    if (event.type === 'log') {
      const { level, message, step } = event.line;
      // A step's title is shown with its time when it ends; what ends the job is shown by whoever called.
      if (level === 'error' || step === null || message === current) return;
      return progress.say(paint(console, 'dim', `    ${message}`));
    }
    if (event.type !== 'step') return;
    const { state, title, reused, startedAt, finishedAt } = event.step;
    current = title;
    if (state === 'running' && !console.terminal) progress.say(`… ${title}`);
    if (state === 'failed') progress.say(`${paint(console, 'red', '✗')} ${title}`);
    if (state !== 'done') return;
    const time = reused ? 'from before' : clock((finishedAt ?? 0) - (startedAt ?? 0));
    progress.say(`${paint(console, 'green', '✓')} ${title}  ${paint(console, 'dim', time)}`);
  };
}
