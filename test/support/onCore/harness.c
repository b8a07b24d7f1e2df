/* Runs a generated model for every input of a file and writes its outputs to another, over semihosting (Arm's
 * "Semihosting for AArch32 and AArch64"). Everything a machine without an operating system needs stands here. */
#include <stddef.h>
#include <stdint.h>
#include "model.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT = 0x18 };
enum { OPEN_READ_BINARY = 1, OPEN_WRITE_BINARY = 5 };
enum { STOPPED_APPLICATION_EXIT = 0x20026, STOPPED_RUNTIME_ERROR = 0x20023 };

extern uint32_t stack_top, data_start, data_end, data_stored, bss_start, bss_end;

static int semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void stop(uintptr_t reason) {
  for (;;) semihost(SYS_EXIT, (const void *)reason);
}

static int open_file(const char *name, size_t length, uintptr_t mode) {
  const uintptr_t block[3] = {(uintptr_t)name, mode, length};
  const int handle = semihost(SYS_OPEN, block);
  if (handle < 0) stop(STOPPED_RUNTIME_ERROR);
  return handle;
}

/* How many bytes were not read or not written. */
static int transfer(int operation, int handle, void *bytes, size_t length) {
  const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)bytes, length};
  return semihost(operation, block);
}

static int8_t input[MODEL_INPUT_BYTES];
static int8_t output[MODEL_OUTPUT_BYTES];

static void run_all(void) {
  const int in = open_file("input.bin", 9, OPEN_READ_BINARY);
  const int out = open_file("output.bin", 10, OPEN_WRITE_BINARY);
  while (transfer(SYS_READ, in, input, sizeof input) == 0) {
    for (size_t i = 0; i < sizeof output; i++) output[i] = 0x55;
    if (model_invoke(input, output) != 0) stop(STOPPED_RUNTIME_ERROR);
    if (transfer(SYS_WRITE, out, output, sizeof output) != 0) stop(STOPPED_RUNTIME_ERROR);
  }
  stop(STOPPED_APPLICATION_EXIT);
}

void reset_handler(void) {
#ifdef TRAP_UNALIGNED
  *(volatile uint32_t *)0xE000ED14 |= 1u << 3; /* CCR.UNALIGN_TRP: a Cortex-M0+ knows no unaligned access */
#else
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the floating point unit on */
  __asm__ volatile("dsb\n\tisb");
#endif
  volatile uint32_t *to = &data_start;
  for (const uint32_t *from = &data_stored; to != &data_end;) *to++ = *from++;
  for (to = &bss_start; to != &bss_end;) *to++ = 0;
  run_all();
}

void fault_handler(void) { stop(STOPPED_RUNTIME_ERROR); }

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
    (uintptr_t)&stack_top,     (uintptr_t)reset_handler, (uintptr_t)fault_handler, (uintptr_t)fault_handler,
    (uintptr_t)fault_handler, (uintptr_t)fault_handler, (uintptr_t)fault_handler, (uintptr_t)fault_handler,
};
