/** What a command writes to and is stopped by: the terminal, or a test's stand-in. */
export interface Console {
  /** The answer: text for people, or the one JSON document. */
  readonly out: (text: string) => void;
  /** Progress, logs, errors for people. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal on which a line can be drawn again. */
  readonly terminal: boolean;
  /** Characters in a line of `err`, as it stands now. */
  readonly columns: () => number;
  readonly colour: boolean;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The console of this process. */
export function processConsole(signal: AbortSignal): Console {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    terminal: stderr.isTTY === true && env['TERM'] !== 'dumb',
    columns: () => stderr.columns ?? 80,
    colour: stderr.isTTY === true && env['NO_COLOR'] === undefined,
    signal,
  };
}

const codes = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

/** Text in a colour, where the console has colours. */
export function paint({ colour }: Pick<Console, 'colour'>, style: keyof typeof codes, text: string): string {
  return colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}
