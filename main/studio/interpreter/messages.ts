import type { ErrorReport } from '../../contract/index.ts';

/** What an interpreter's thread is started with: a .tflite file and its name. */
export interface InterpreterTask {
  readonly bytes: Uint8Array;
  readonly name: string;
}

export interface InterpreterQuestion {
  readonly id: number;
  readonly inputs: readonly Int8Array[];
}

export interface InterpreterAnswer {
  readonly id: number;
  /** The model's outputs one after the other. */
  readonly output: Int8Array | null;
  readonly error: ErrorReport | null;
}
