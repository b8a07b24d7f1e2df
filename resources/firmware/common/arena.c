/* The model's arena, in one memory or in several, is painted when the board starts, and the paint that is gone tells how
 * much of it was used. Its generated code writes each place before it reads it, so what was there does not matter. */
#include "firmware.h"

/* Beginning and end of each piece. */
extern uint32_t *const link_arena_start[], *const link_arena_end[];

#define PAINT 0xA5C35A3Cu

void arena_paint(void) {
  for (uint32_t *const *piece = link_arena_start; piece < link_arena_end; piece += 2)
    for (uint32_t *word = piece[0]; word < piece[1];) *word++ = PAINT;
}

static uint32_t bytes_between(const uint32_t *from, const uint32_t *to) {
  return (uint32_t)((uintptr_t)to - (uintptr_t)from);
}

uint32_t arena_total_bytes(void) {
  uint32_t total = 0;
  for (uint32_t *const *piece = link_arena_start; piece < link_arena_end; piece += 2) total += bytes_between(piece[0], piece[1]);
  return total;
}

uint32_t arena_used_bytes(void) {
  uint32_t used = 0;
  for (uint32_t *const *piece = link_arena_start; piece < link_arena_end; piece += 2) {
    const uint32_t *end = piece[1];
    while (end > piece[0] && end[-1] == PAINT) end--;
    used += bytes_between(piece[0], end);
  }
  return used;
}
