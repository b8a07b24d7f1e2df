import type { Command } from 'commander';

/** What every command that reaches a board takes. */
export interface HardwareOptions {
  readonly probe?: string;
  readonly port?: string;
}

export const withHardware = (command: Command): Command =>
  command
    .option('--probe <selector>', 'which probe, as `mcunet boards` shows it; needed only where several fit')
    .option('--port <path>', 'the serial port on which the board answers, where it is not found by itself');

export function hardwareParams({ probe, port }: HardwareOptions): { probe?: string; port?: string } {
  return { ...(probe !== undefined && { probe }), ...(port !== undefined && { port }) };
}
