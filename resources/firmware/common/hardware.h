/* What a family of chips gives to the common firmware: one C file and one `family.h` in `families/<family>`.
 *
 * `family.h` defines UART_IRQ (the interrupt number of the link's UART) and IRQ_COUNT (how many the vector table holds).
 * `board_config.h` is generated from the board's JSON file.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stdint.h>

#include "board_config.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* How often a wait on the hardware looks before it gives up: some 100 ms at the reset clock of every family. */
#define WAIT_LOOKS 200000u

enum clock_source {
  CLOCK_AS_RESET = 0,   /* what the chip starts with: every better source failed */
  CLOCK_INTERNAL = 1,   /* full speed from the internal oscillator */
  CLOCK_CRYSTAL = 2,
  CLOCK_BYPASS = 3,     /* from a clock signal that the board feeds in */
  CLOCK_FIXED = 4,      /* the chip has one clock, which nobody sets */
};

struct clock {
  uint32_t hertz;
  uint8_t source; /* enum clock_source */
};

/* Brings the core to the board's clock, or as near as the oscillators allow. Every wait is bounded. */
struct clock clock_start(void);

/* Switches on memories that are off after reset, where a family has such; called before anything else, without a stack. */
void memory_start(void);

/* Powers the UART and its pins. Receiving stays off until `uart_listen`. */
void uart_start(void);
/* Sets the rate nearest to `baud` and returns it; waits (bounded) until what was sent has left. */
uint32_t uart_set_rate(uint32_t baud);
/* Waits (bounded) for room and sends. */
void uart_send(uint8_t byte);

#define UART_NOTHING (-1)
#define UART_DAMAGED (-2)
/* The next received byte, UART_NOTHING, or UART_DAMAGED where one was lost or came in broken; clears the cause. */
int uart_receive(void);
/* Switches the receive interrupt. On the way from off to on, what came in meanwhile is dropped. */
void uart_listen(int on);

/* Does nothing on a board without an LED. */
void led_set(int on);

#endif
