/* A fault is written down and told to whoever asks, until the board is reset. */
#include "firmware.h"

extern uint32_t link_stack_bottom, link_stack_top;

#define SCB_CFSR REGISTER(0xE000ED28)
#define SCB_HFSR REGISTER(0xE000ED2C)
#define SCB_MMFAR REGISTER(0xE000ED34)
#define SCB_BFAR REGISTER(0xE000ED38)

/* The stack may be what broke, so the report runs on one of its own. */
static uint32_t fault_stack[160] __attribute__((aligned(8), used));
static struct fault_record record;

/* Only what lies in the stack can be an exception frame. */
static int is_readable(const uint32_t *frame) {
  return ((uintptr_t)frame & 3) == 0 && frame >= &link_stack_bottom && frame + 8 <= &link_stack_top;
}

__attribute__((used, noreturn)) static void fault_report(const uint32_t *frame) {
  uint32_t exception;
  __asm volatile("mrs %0, ipsr" : "=r"(exception));
  if (is_readable(frame)) {
    record.r0 = frame[0];
    record.r1 = frame[1];
    record.r2 = frame[2];
    record.r3 = frame[3];
    record.r12 = frame[4];
    record.lr = frame[5];
    record.pc = frame[6];
    record.xpsr = frame[7];
  }
  record.exception = exception;
  record.stack_pointer = (uint32_t)(uintptr_t)frame;
#if !defined(__ARM_ARCH_6M__) && !defined(__ARM_ARCH_8M_BASE__)
  record.cfsr = SCB_CFSR;
  record.hfsr = SCB_HFSR;
  record.mmfar = SCB_MMFAR;
  record.bfar = SCB_BFAR;
#endif
  record.operation = profile_current();
  link_report_fault(&record);
}

__attribute__((naked)) void fault_entry(void) {
  __asm volatile(
      "cpsid i\n"
      "mrs r0, msp\n"
      "ldr r1, =fault_stack+640\n"
      "msr msp, r1\n"
      "ldr r1, =fault_report\n"
      "bx r1\n");
}
