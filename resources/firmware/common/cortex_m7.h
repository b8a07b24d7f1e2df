/* Caches of the Cortex-M7 (Arm DDI 0489F 3.3, DDI 0403E B3.2.8, B2.2.7): off after reset, and full of chance. */
#ifndef CORTEX_M7_H
#define CORTEX_M7_H

#include "hardware.h"

#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_CCSIDR REGISTER(0xE000ED80)
#define SCB_CSSELR REGISTER(0xE000ED84)
#define SCB_ICIALLU REGISTER(0xE000EF50)
#define SCB_DCISW REGISTER(0xE000EF60)

static inline void caches_start(void) {
  __asm volatile("dsb\n isb");
  SCB_ICIALLU = 0;
  SCB_CSSELR = 0; /* level 1, data */
  __asm volatile("dsb");
  uint32_t sizes = SCB_CCSIDR, sets = (sizes >> 13) & 0x7FFFu, ways = (sizes >> 3) & 0x3FFu;
  for (uint32_t set = 0; set <= sets; set++)
    for (uint32_t way = 0; way <= ways; way++) SCB_DCISW = way << 30 | set << 5; /* lines of 32 bytes, at most four ways */
  __asm volatile("dsb");
  SCB_CCR |= 1u << 17 | 1u << 16;
  __asm volatile("dsb\n isb");
}

#endif
