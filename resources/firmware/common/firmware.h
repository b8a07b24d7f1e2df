/* The parts of the common firmware as they see each other. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#include "hardware.h"

/* cycles.c */
enum counter_source { COUNTER_DWT = 1, COUNTER_SYSTICK = 2 };
void cycles_choose(void);         /* finds out whether DWT counts here; once, at the start */
uint8_t cycles_source(void);      /* enum counter_source */
void cycles_begin(void);          /* counts from zero, and keeps count of overflows until `cycles_end` */
void cycles_end(void);
uint64_t cycles_now(void);        /* since `cycles_begin`; only between begin and end */
void cycles_overflow(void);       /* SysTick's interrupt */
uint32_t cycles_calibration(void); /* ticks that CALIBRATION_INSTRUCTIONS take */
#define CALIBRATION_INSTRUCTIONS 40000u

/* stack.c */
void stack_paint(void);          /* everything below the caller */
uint32_t stack_used_bytes(void); /* deepest use since the start */
uint32_t stack_total_bytes(void);
uint32_t stack_deepest(void); /* bytes between the top and the deepest use since the last `stack_paint` */

/* arena.c */
void arena_paint(void); /* once, before the model runs */
uint32_t arena_total_bytes(void);
uint32_t arena_used_bytes(void); /* up to the last place that was written since the start, in each piece */

/* faults.c */
struct fault_record {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr; /* as stacked */
  uint32_t cfsr, hfsr, mmfar, bfar, exception, stack_pointer;
  uint32_t operation; /* index of the operator that ran, 0xFFFFFFFF outside */
};
void fault_entry(void);

/* profile.c */
struct profile_entry {
  uint64_t ticks;
  uint32_t calls;
};
void profile_begin(void);
void profile_end(void);
uint32_t profile_operators(void);
struct profile_entry profile_of(uint32_t operation);
uint32_t profile_overhead_256(void); /* ticks that a pair of marks adds to what it measures, times 256 */
uint32_t profile_current(void);

/* run.c */
struct run {
  int result;
  uint64_t ticks;
  uint32_t stack_bytes;
};
/* Puts a piece of the input in its place. 0 where the model takes its input in order and this is out of it. */
int run_load(uint32_t offset, const uint8_t *bytes, uint32_t count);
uint32_t run_input_crc(void);
/* `again`: repeat for time, whatever the input holds now. */
struct run run_model(int8_t *output, int profile, int again);

/* frames.c */
uint32_t crc32_of(uint32_t crc, const void *bytes, size_t count); /* start with 0 */

/* link.c */
void link_start(struct clock clock);
void link_serve(void) __attribute__((noreturn));
void link_interrupt(void); /* the UART's interrupt */
void link_report_fault(const struct fault_record *record) __attribute__((noreturn));

/* startup.c */
static inline uint32_t interrupts_off(void) {
  uint32_t before;
  __asm volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
  return before;
}
static inline void interrupts_restore(uint32_t before) { __asm volatile("msr primask, %0" ::"r"(before) : "memory"); }

#endif
