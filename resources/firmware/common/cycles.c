/* One 64-bit counter of core clock cycles: DWT's where the chip has one that counts, SysTick's otherwise (Cortex-M0, and
 * QEMU, where it counts virtual time). SysTick's interrupt, every 2^24 cycles, keeps the upper half of either. */
#include "firmware.h"

#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_VALUE REGISTER(0xE000E018)
#define SCB_ICSR REGISTER(0xE000ED04)
#define DEBUG_DEMCR REGISTER(0xE000EDFC)
#define DWT_CONTROL REGISTER(0xE0001000)
#define DWT_CYCLES REGISTER(0xE0001004)
#define DWT_LOCK REGISTER(0xE0001FB0)

#define SYSTICK_ON 0x7u /* core clock, interrupt, enabled */
#define SYSTICK_MAX 0xFFFFFFu
#define SYSTICK_PENDING (1u << 26)

static uint8_t source;
static volatile uint32_t overflows; /* of SysTick */
static uint32_t dwt_before, dwt_high;

static int dwt_counts(void) {
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
  return 0;
#else
  DEBUG_DEMCR |= 1u << 24;
  DWT_LOCK = 0xC5ACCE55u; /* a Cortex-M7 locks it */
  DWT_CYCLES = 0;
  DWT_CONTROL |= 1u;
  uint32_t first = DWT_CYCLES;
  for (volatile int i = 0; i < 16; i++) {
  }
  return DWT_CYCLES != first;
#endif
}

void cycles_choose(void) { source = dwt_counts() ? COUNTER_DWT : COUNTER_SYSTICK; }

uint8_t cycles_source(void) { return source; }

void cycles_begin(void) {
  SYSTICK_CONTROL = 0;
  SCB_ICSR = 1u << 25; /* forget a pending one */
  overflows = 0;
  SYSTICK_RELOAD = SYSTICK_MAX;
  SYSTICK_VALUE = 0;
  if (source == COUNTER_DWT) {
    dwt_before = dwt_high = 0;
    DWT_CYCLES = 0;
  }
  SYSTICK_CONTROL = SYSTICK_ON;
  /* Where it counts more slowly than the core runs, the zero stands a moment longer and would be read as a whole turn. */
  for (uint32_t looks = 0; SYSTICK_VALUE == 0 && looks < 1000u; looks++) {
  }
}

void cycles_end(void) { SYSTICK_CONTROL = 0; }

static uint64_t dwt_now(void) {
  uint32_t state = interrupts_off();
  uint32_t now = DWT_CYCLES;
  if (now < dwt_before) dwt_high++;
  dwt_before = now;
  uint64_t result = (uint64_t)dwt_high << 32 | now;
  interrupts_restore(state);
  return result;
}

static uint64_t systick_now(void) {
  uint32_t state = interrupts_off();
  uint32_t value = SYSTICK_VALUE;
  uint32_t high = overflows;
  if (SCB_ICSR & SYSTICK_PENDING) { /* it wrapped, and its interrupt has not run yet */
    value = SYSTICK_VALUE;
    high++;
  }
  interrupts_restore(state);
  /* The first count is the reload of the zero written, hence one less. */
  return ((uint64_t)high << 24) + (SYSTICK_MAX - value);
}

uint64_t cycles_now(void) { return source == COUNTER_DWT ? dwt_now() : systick_now(); }

void cycles_overflow(void) {
  overflows++;
  if (source == COUNTER_DWT) (void)dwt_now();
}

/* Two instructions a turn, exactly. */
static uint64_t ticks_of_turns(uint32_t turns) {
  uint64_t before = cycles_now();
  __asm volatile(".balign 4\n1: subs %0, #1\n bne 1b" : "+l"(turns)::"cc");
  return cycles_now() - before;
}

uint32_t cycles_calibration(void) {
  cycles_begin();
  uint64_t few = ticks_of_turns(1000);
  uint64_t many = ticks_of_turns(1000 + CALIBRATION_INSTRUCTIONS / 2);
  cycles_end();
  return (uint32_t)(many - few);
}
