import type { Worker } from 'node:worker_threads';
import { StudioError } from '../../contract/index.ts';
import { startWorker } from '../../processes/index.ts';
import type { InterpreterAnswer, InterpreterQuestion, InterpreterTask } from './messages.ts';

interface Question {
  readonly inputs: readonly Int8Array[];
  readonly resolve: (output: Int8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  asked: Question | null;
}

/**
 * The reference interpreter on threads of its own: it is written for clarity and takes its time, which must not be the
 * time of whoever answers the window or the board.
 */
export class InterpreterPool {
  readonly #threads: Thread[];
  readonly #waiting: Question[] = [];
  #failure: Error | null = null;
  #nextId = 0;

  constructor(task: InterpreterTask, threads: number) {
    this.#threads = Array.from({ length: threads }, () => {
      const thread: Thread = {
        worker: startWorker('interpreter.worker', import.meta.url, { workerData: task }),
        asked: null,
      };
      thread.worker.on('message', (answer: InterpreterAnswer) => this.#hear(thread, answer));
      thread.worker.on('error', (error) => this.#fail(error));
      thread.worker.unref();
      return thread;
    });
  }

  /** The model's outputs one after the other, for one sample. */
  run(inputs: readonly Int8Array[]): Promise<Int8Array> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#waiting.push({ inputs, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error('the interpreter was closed'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (thread.asked !== null) continue;
      const question = this.#waiting.shift();
      if (question === undefined) return;
      thread.asked = question;
      thread.worker.ref();
      const message: InterpreterQuestion = { id: this.#nextId++, inputs: question.inputs };
      thread.worker.postMessage(message);
    }
  }

  #hear(thread: Thread, { output, error }: InterpreterAnswer): void {
    const question = thread.asked;
    thread.asked = null;
    thread.worker.unref();
    if (output !== null) question?.resolve(output);
    else if (error !== null) question?.reject(new StudioError({ ...error, details: { ...error.details } }));
    this.#dispatch();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { asked } of this.#threads) asked?.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
