/** Electron's program, or null where its package came without it. */
export function electronProgram(): string | null;
/** Why Electron cannot start here, in one sentence; null where it can. */
export function whyNoElectron(env?: NodeJS.ProcessEnv): string | null;
