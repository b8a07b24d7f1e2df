/* Arm MPS2: one fixed clock, CMSDK APB UART (Cortex-M System Design Kit, ARM DDI 0479, chapter APB UART). */
#include "family.h"
#include "hardware.h"

#define BASE_OF_UART0 0x40004000u
#define UART BOARD_UART(BASE_OF_)
#define UART_DATA REGISTER(UART + 0x00)
#define UART_STATE REGISTER(UART + 0x04)
#define UART_CONTROL REGISTER(UART + 0x08)
#define UART_INTERRUPTS REGISTER(UART + 0x0C)
#define UART_DIVIDER REGISTER(UART + 0x10)
#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define STATE_RX_OVERRUN 8u
#define CONTROL_BOTH 3u
#define CONTROL_RX_INTERRUPT 8u
#define NVIC_ISER REGISTER(0xE000E100u)

struct clock clock_start(void) { return (struct clock){BOARD_CLOCK_HZ, CLOCK_FIXED}; }

void led_set(int on) { (void)on; }

void uart_start(void) {
  UART_CONTROL = CONTROL_BOTH;
  NVIC_ISER = 1u << UART_IRQ;
}

static void wait_for_room(void) {
  for (uint32_t looks = 0; looks < WAIT_LOOKS && (UART_STATE & STATE_TX_FULL); looks++) {
  }
}

uint32_t uart_set_rate(uint32_t baud) {
  wait_for_room();
  uint32_t divider = (BOARD_CLOCK_HZ + baud / 2) / baud;
  if (divider < 16) divider = 16;
  UART_DIVIDER = divider;
  return BOARD_CLOCK_HZ / divider;
}

void uart_send(uint8_t byte) {
  wait_for_room();
  UART_DATA = byte;
}

int uart_receive(void) {
  UART_INTERRUPTS = 2u;
  uint32_t state = UART_STATE;
  if (state & STATE_RX_OVERRUN) {
    UART_STATE = STATE_RX_OVERRUN;
    (void)UART_DATA;
    return UART_DAMAGED;
  }
  return state & STATE_RX_FULL ? (uint8_t)UART_DATA : UART_NOTHING;
}

void uart_listen(int on) {
  if (!on) {
    UART_CONTROL = CONTROL_BOTH;
    return;
  }
  /* On first, then empty: a byte that arrives before it is on never interrupts, and would block all that follow. */
  UART_CONTROL = CONTROL_BOTH | CONTROL_RX_INTERRUPT;
  while (uart_receive() != UART_NOTHING) {
  }
}
