/* The vector table and the way from reset to the link. */
#include "family.h"
#include "firmware.h"

extern uint32_t link_data_load, link_data_start, link_data_end, link_stack_top;
/* The stretches of RAM that start as zeros: beginning and end of each. */
extern uint32_t *const link_clear_start[], *const link_clear_end[];

#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_CPACR REGISTER(0xE000ED88)

void reset_entry(void) __attribute__((noreturn));

/* A family whose memories have to be switched on has one of its own. It must not use the stack. */
__attribute__((weak)) void memory_start(void) {}

/* An interrupt nobody asked for is a fault like any other: it is reported, not swallowed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* the UART's entry stands in the middle of the others */
__attribute__((section(".vectors"), used)) static void (*const vectors[16 + IRQ_COUNT])(void) = {
    [0] = (void (*)(void))(uintptr_t)&link_stack_top,
    [1] = reset_entry,
    [2 ... 14] = fault_entry,
    [15] = cycles_overflow,
    [16 ... 16 + IRQ_COUNT - 1] = fault_entry,
    [16 + UART_IRQ] = link_interrupt,
};
#pragma GCC diagnostic pop

void reset_entry(void) {
#if __ARM_ARCH >= 7 || defined(__ARM_ARCH_8M_MAIN__)
  SCB_VTOR = (uint32_t)(uintptr_t)vectors;
#endif
#ifdef __ARM_FP
  SCB_CPACR |= 0xFu << 20;
  __asm volatile("dsb\n isb");
#endif
  memory_start();
  for (uint32_t *from = &link_data_load, *to = &link_data_start; to < &link_data_end;) *to++ = *from++;
  for (uint32_t *const *stretch = link_clear_start; stretch < link_clear_end; stretch += 2)
    for (uint32_t *to = stretch[0]; to < stretch[1];) *to++ = 0;
  struct clock clock = clock_start();
  stack_paint();
  arena_paint();
  cycles_choose();
  uart_start();
  link_start(clock);
  link_serve();
}
