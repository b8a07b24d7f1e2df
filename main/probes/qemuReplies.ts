import type { Duplex } from 'node:stream';
import { StudioError } from '../contract/index.ts';

/** Takes the first message off a text: a reply, or null for one that answers nothing; null while it is incomplete. */
export type ReadReply = (text: string) => { readonly reply: string | null; readonly rest: string } | null;

interface Waiting {
  readonly resolve: (reply: string) => void;
  readonly reject: (error: StudioError) => void;
}

/** Questions and answers over a pipe, answered in the order in which they were asked. */
export class LineReplies {
  private readonly pipe: Duplex;
  private text = '';
  private readonly waiting: Waiting[] = [];
  private ended: StudioError | null = null;

  constructor(pipe: Duplex, read: ReadReply) {
    this.pipe = pipe;
    pipe.on('data', (bytes: Buffer) => {
      this.text += bytes.toString('latin1');
      for (let next = read(this.text); next !== null; next = read(this.text)) {
        this.text = next.rest;
        if (next.reply !== null) this.waiting.shift()?.resolve(next.reply);
      }
    });
  }

  ask(question: string, withinMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) return reject(this.ended);
      const timer = setTimeout(() => {
        // Later answers could no longer be told apart.
        this.end(silent(withinMs));
      }, withinMs);
      this.waiting.push({
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.pipe.write(Buffer.from(question, 'latin1'));
      return undefined;
    });
  }

  /** What waits fails, and so does whatever is asked later. */
  end(error: StudioError): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

const silent = (withinMs: number): StudioError =>
  new StudioError({
    code: 'probe.silent',
    message: `QEMU did not answer within ${withinMs / 1000} s.`,
    remedy: 'Close the board and open it again; if the machine is busy, close what keeps it so.',
    details: { withinMs },
  });
