import type { SourceFile } from './build.ts';

/** Turns of the smoke model's loop in one run; a turn is a few cycles. */
const turns = 4_000_000;

/**
 * A "model" that only passes time: each run lights the LED for a fraction of a second, and is long enough for the host's
 * clock to check the board's. It answers its input plus one, so that loading and reading are tried too.
 */
export function smokeModel(): SourceFile[] {
  const header = `/* Smoke test: no network. */
#ifndef MODEL_H
#define MODEL_H
#include <stdint.h>
#define MODEL_INPUT_BYTES 16
#define MODEL_OUTPUT_BYTES 16
#define MODEL_SRAM_BYTES 16
#define MODEL_OPERATORS 0
int model_invoke(const int8_t *input, int8_t *output);
int8_t *model_input(void);
#endif
`;
  const source = `#include "model.h"
static int8_t memory[16] __attribute__((aligned(16)));
int8_t *model_input(void) { return memory; }
int model_invoke(const int8_t *input, int8_t *output) {
  for (volatile uint32_t turn = 0; turn < ${turns}u; turn++) {
  }
  for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) output[i] = (int8_t)(input[i] + 1);
  return 0;
}
`;
  return [
    { path: 'model.h', text: header },
    { path: 'model.c', text: source },
  ];
}
