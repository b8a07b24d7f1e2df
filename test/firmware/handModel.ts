import type { SourceFile } from '../../main/firmware/index.ts';

export interface HandModelOptions {
  readonly inputBytes?: number;
  /** Static memory beside the input, to fill a board. */
  readonly ballastBytes?: number;
  /** A statement that the second operator runs first: a fault, an endless loop. */
  readonly mischief?: string;
}

/**
 * A model written by hand to the contract of the exported C: two operators, out[i] = reverse(in)[i] + 1 with wrap-around.
 * It stands for a generated one where a test is about board, image or link.
 */
export function handModel({ inputBytes = 64, ballastBytes = 0, mischief = '' }: HandModelOptions = {}): SourceFile[] {
  const header = `#ifndef MODEL_H
#define MODEL_H
#include <stdint.h>
#define MODEL_INPUT_BYTES ${inputBytes}
#define MODEL_OUTPUT_BYTES ${inputBytes}
#define MODEL_SRAM_BYTES ${2 * inputBytes + ballastBytes}
#define MODEL_OPERATORS 2
int model_invoke(const int8_t *input, int8_t *output);
int8_t *model_input(void);
#endif
`;
  const source = `#include "model.h"
#ifdef MODEL_PROFILE
void model_profile_enter(unsigned operation);
void model_profile_leave(unsigned operation);
#define ENTER(operation) model_profile_enter(operation)
#define LEAVE(operation) model_profile_leave(operation)
#else
#define ENTER(operation)
#define LEAVE(operation)
#endif
static int8_t arena[MODEL_SRAM_BYTES] __attribute__((aligned(16)));
int8_t *model_input(void) { return arena; }
__attribute__((noinline)) static void reverse(const int8_t *from, int8_t *to) {
  for (int i = 0; i < MODEL_INPUT_BYTES; i++) to[i] = from[MODEL_INPUT_BYTES - 1 - i];
}
__attribute__((noinline)) static void increment(const int8_t *from, int8_t *to) {
  ${mischief}
  for (int i = 0; i < MODEL_INPUT_BYTES; i++) to[i] = (int8_t)(from[i] + 1);
}
int model_invoke(const int8_t *input, int8_t *output) {
  int8_t *between = arena + MODEL_INPUT_BYTES;
  ENTER(0);
  reverse(input, between);
  LEAVE(0);
  ENTER(1);
  increment(between, output);
  LEAVE(1);
  return 0;
}
`;
  return [
    { path: 'model.h', text: header },
    { path: 'model.c', text: source },
  ];
}

/** What the hand-written model answers. */
export const handModelAnswer = (input: Int8Array): Int8Array =>
  input
    .slice()
    .reverse()
    .map((value) => value + 1);
