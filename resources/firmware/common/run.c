/* Runs the model and counts its ticks: all at once, or row by row as the rows of a row-fed model arrive. */
#include <string.h>

#include "firmware.h"
#include "model.h"

static void start_counting(int profile) {
  cycles_begin();
  if (profile) profile_begin();
}

static void stop_counting(int profile) {
  if (profile) profile_end();
  cycles_end();
}

#ifdef MODEL_INPUT_ROWS

/* What has arrived of the input. Rows are pushed as they are complete, so they come in order, each once; the run is over
 * when the last one has arrived. */
static struct {
  uint32_t bytes, crc, deepest;
  uint64_t ticks;
  int result;
} fed;

/* 1 after the last row. */
static int push(void) {
  uint64_t before = cycles_now();
  int pushed = model_push_row(model_input());
  fed.ticks += cycles_now() - before;
  if (pushed < 0) fed.result = pushed;
  return pushed != 0;
}

/* A run that was given up half-way is brought to its end, so that the next row begins a new one. */
static void begin_feeding(void) {
  if (fed.bytes / MODEL_INPUT_ROW_BYTES % MODEL_INPUT_ROWS != 0)
    for (uint32_t row = fed.bytes / MODEL_INPUT_ROW_BYTES; row < MODEL_INPUT_ROWS; row++) (void)model_push_row(model_input());
  memset(&fed, 0, sizeof fed);
}

int run_load(uint32_t offset, const uint8_t *bytes, uint32_t count) {
  if (offset == 0) begin_feeding();
  if (offset != fed.bytes) return 0;
  fed.crc = crc32_of(fed.crc, bytes, count);
  uart_listen(0);
  stack_paint();
  start_counting(0);
  while (count > 0) {
    uint32_t in_row = fed.bytes % MODEL_INPUT_ROW_BYTES, piece = MODEL_INPUT_ROW_BYTES - in_row;
    if (piece > count) piece = count;
    memcpy(model_input() + in_row, bytes, piece);
    fed.bytes += piece;
    bytes += piece;
    count -= piece;
    if (in_row + piece == MODEL_INPUT_ROW_BYTES) (void)push();
  }
  stop_counting(0);
  if (stack_deepest() > fed.deepest) fed.deepest = stack_deepest();
  uart_listen(1);
  return 1;
}

uint32_t run_input_crc(void) { return fed.crc; }

/* The rows have run already as they came: only a profile, or a repetition for time, runs them anew, on what is there. */
struct run run_model(int8_t *output, int profile, int again) {
  if (profile || again) {
    stack_paint();
    start_counting(profile);
    fed.ticks = 0;
    for (uint32_t row = 0; row < MODEL_INPUT_ROWS && !push(); row++) {
    }
    stop_counting(profile);
    fed.deepest = stack_deepest();
  } else {
    model_copy_outputs(output);
  }
  return (struct run){fed.result, fed.ticks, fed.deepest};
}

#else

#if defined(MODEL_INPUTS) && MODEL_INPUTS > 1
/* A model with several inputs has no place of its own to fill. */
static int8_t input[MODEL_INPUT_BYTES] __attribute__((aligned(16)));
static int8_t *input_place(void) { return input; }
#else
static int8_t *input_place(void) { return model_input(); }
#endif

int run_load(uint32_t offset, const uint8_t *bytes, uint32_t count) {
  memcpy(input_place() + offset, bytes, count);
  return 1;
}

uint32_t run_input_crc(void) { return crc32_of(0, input_place(), MODEL_INPUT_BYTES); }

struct run run_model(int8_t *output, int profile, int again) {
  (void)again;
  struct run run;
  stack_paint();
  start_counting(profile);
  uint64_t before = cycles_now();
  run.result = model_invoke(input_place(), output);
  run.ticks = cycles_now() - before;
  stop_counting(profile);
  run.stack_bytes = stack_deepest();
  return run;
}

#endif
