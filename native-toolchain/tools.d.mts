/** The programs that MCUNet Studio runs. */
export type ToolName = 'arm-gcc' | 'qemu' | 'openocd' | 'host-gcc' | 'chromium';

export interface ToolFacts {
  readonly title: string;
  readonly purpose: string;
  readonly commands: readonly string[];
  readonly versionArgument: string;
  /** The environment variable with which a user points at another one. */
  readonly override: string;
  readonly debian: readonly string[];
}

export interface FoundTool {
  readonly name: ToolName;
  readonly path: string;
  readonly origin: 'chosen' | 'bundled' | 'staged' | 'path' | 'system';
  /** To be added to the environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ToolSearch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder of tools that came with the app, or null. */
  readonly bundle?: string | null;
  readonly staged?: string | null;
  /** The system's usual places, instead of those that are known. */
  readonly usual?: readonly string[];
  readonly overrides?: Readonly<Partial<Record<ToolName, string>>>;
}

export const stagedFolder: string;
export const tools: Readonly<Record<ToolName, ToolFacts>>;
export function findTool(name: ToolName, search?: ToolSearch): FoundTool | null;
export function findTools(name: ToolName, search?: ToolSearch): FoundTool[];
export function downloadAdvice(name: ToolName): string | null;
export function wholePath(path?: string): string;
