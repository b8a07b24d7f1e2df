/* Ticks of each operator. The generated C calls the marks where it was compiled with MODEL_PROFILE. */
#include "firmware.h"
#include "model.h"

#ifndef MODEL_OPERATORS
#define MODEL_OPERATORS 0
#endif
#ifdef MODEL_PROFILE
#define MARKED_OPERATORS (MODEL_OPERATORS > 0 ? MODEL_OPERATORS : 1)
#else
#define MARKED_OPERATORS 1
#endif

#define NOBODY 0xFFFFFFFFu
#define TRIAL_PAIRS 64u

static struct profile_entry entries[MARKED_OPERATORS];
static uint64_t entered;
static uint32_t current = NOBODY, overhead_256;
static uint8_t active;

void model_profile_enter(unsigned operation);
void model_profile_leave(unsigned operation);

void model_profile_enter(unsigned operation) {
  current = operation;
  if (active) entered = cycles_now();
}

void model_profile_leave(unsigned operation) {
  if (active && operation < MARKED_OPERATORS) {
    entries[operation].ticks += cycles_now() - entered;
    entries[operation].calls++;
  }
  current = NOBODY;
}

static void clear(void) {
  for (uint32_t i = 0; i < MARKED_OPERATORS; i++) entries[i] = (struct profile_entry){0, 0};
}

/* Called through a volatile pointer, the marks cost in the trial what they cost around an operator. */
static void measure_overhead(void) {
  void (*volatile enter)(unsigned) = model_profile_enter;
  void (*volatile leave)(unsigned) = model_profile_leave;
  for (uint32_t i = 0; i < TRIAL_PAIRS; i++) {
    enter(0);
    leave(0);
  }
  overhead_256 = (uint32_t)(entries[0].ticks * 256u / TRIAL_PAIRS);
}

/* After `cycles_begin`. */
void profile_begin(void) {
  clear();
  active = 1;
  measure_overhead();
  clear();
}

void profile_end(void) { active = 0; }

uint32_t profile_operators(void) {
#ifdef MODEL_PROFILE
  return MODEL_OPERATORS;
#else
  return 0;
#endif
}

struct profile_entry profile_of(uint32_t operation) { return entries[operation]; }

uint32_t profile_overhead_256(void) { return overhead_256; }

uint32_t profile_current(void) { return current; }
