/* The stack lies at the low end of its memory, so that an overflow faults instead of overwriting the model. It is painted,
 * and the paint that is gone tells how deep it was used. */
#include "firmware.h"

extern uint32_t link_stack_bottom, link_stack_top;

#define PAINT 0xA5C35A3Cu

static uint32_t deepest_ever;
static uint8_t painted;

static uint32_t *stack_pointer(void) {
  uint32_t *now;
  __asm volatile("mov %0, sp" : "=r"(now));
  return now;
}

uint32_t stack_total_bytes(void) { return (uint32_t)((uintptr_t)&link_stack_top - (uintptr_t)&link_stack_bottom); }

uint32_t stack_deepest(void) {
  const uint32_t *word = &link_stack_bottom;
  while (word < &link_stack_top && *word == PAINT) word++;
  return (uint32_t)((uintptr_t)&link_stack_top - (uintptr_t)word);
}

uint32_t stack_used_bytes(void) {
  uint32_t now = stack_deepest();
  if (now > deepest_ever) deepest_ever = now;
  return deepest_ever;
}

__attribute__((noinline)) void stack_paint(void) {
  if (painted) (void)stack_used_bytes();
  painted = 1;
  /* An interrupt may use what lies below us while we paint; it must find its frame unharmed. */
  uint32_t state = interrupts_off();
  for (uint32_t *word = &link_stack_bottom; word < stack_pointer() - 2; word++) *word = PAINT;
  interrupts_restore(state);
}
