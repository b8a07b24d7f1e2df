/* What STM32F7, L4, L4+, G4, H7 and U5 have in common: pins, and the USART with separate status and data registers.
 * A family defines STM32_GPIO(port) and STM32_GPIO_ENABLE before it includes this. Registers: RM0385 chapters 6 (GPIO) and 31
 * (USART); RM0351 41.5 (LPUART).
 */
#ifndef STM32_H
#define STM32_H

#include "hardware.h"

static inline int wait_set(uint32_t address, uint32_t mask, uint32_t value) {
  for (uint32_t looks = 0; looks < WAIT_LOOKS; looks++)
    if ((REGISTER(address) & mask) == value) return 1;
  return 0;
}

#define NVIC_ISER(irq) REGISTER(0xE000E100u + 4u * ((irq) / 32u))

/* ---- pins ---- */

static inline void pin_mode(uint32_t port, uint32_t pin, uint32_t mode) {
  REGISTER(STM32_GPIO_ENABLE) |= 1u << port;
  (void)REGISTER(STM32_GPIO_ENABLE); /* the clock is there two cycles later */
  REGISTER(STM32_GPIO(port)) = (REGISTER(STM32_GPIO(port)) & ~(3u << (2 * pin))) | mode << (2 * pin);
}

static inline void pin_alternate(uint32_t port, uint32_t pin, uint32_t function) {
  uint32_t address = STM32_GPIO(port) + (pin < 8 ? 0x20u : 0x24u), shift = 4 * (pin % 8);
  REGISTER(STM32_GPIO_ENABLE) |= 1u << port;
  (void)REGISTER(STM32_GPIO_ENABLE);
  REGISTER(address) = (REGISTER(address) & ~(15u << shift)) | function << shift;
  REGISTER(STM32_GPIO(port) + 0x08) |= 2u << (2 * pin); /* fast edges */
  pin_mode(port, pin, 2);
}

void led_set(int on) {
#if BOARD_LED
  static uint8_t ready;
  if (!ready) pin_mode(BOARD_LED_PORT, BOARD_LED_PIN, 1);
  ready = 1;
  REGISTER(STM32_GPIO(BOARD_LED_PORT) + 0x18) = 1u << (BOARD_LED_PIN + (on != BOARD_LED_ACTIVE_LOW ? 0 : 16));
#else
  (void)on;
#endif
}

/* ---- UART ---- */

#define UART STM32_UART
#define UART_CR1 REGISTER(UART + 0x00)
#define UART_CR3 REGISTER(UART + 0x08)
#define UART_BRR REGISTER(UART + 0x0C)
#define UART_ISR REGISTER(UART + 0x1C)
#define UART_ICR REGISTER(UART + 0x20)
#define UART_RDR REGISTER(UART + 0x24)
#define UART_TDR REGISTER(UART + 0x28)
#define ISR_ERRORS 0xFu /* parity, framing, noise, overrun */
#define ISR_RXNE (1u << 5)
#define ISR_TC (1u << 6)
#define ISR_TXE (1u << 7)
#define CR1_RXNEIE (1u << 5)

static uint32_t uart_hz; /* of the clock that feeds it; set by clock_start */

void uart_start(void) {
#ifdef BEFORE_UART
  BEFORE_UART;
#endif
  REGISTER(STM32_UART_ENABLE) |= STM32_UART_ENABLE_BIT;
  (void)REGISTER(STM32_UART_ENABLE);
  pin_alternate(BOARD_UART_TX_PORT, BOARD_UART_TX_PIN, BOARD_UART_TX_ALTERNATE);
  pin_alternate(BOARD_UART_RX_PORT, BOARD_UART_RX_PIN, BOARD_UART_RX_ALTERNATE);
  /* An idle line reads as high: a floating pin must not send us frames. */
  REGISTER(STM32_GPIO(BOARD_UART_RX_PORT) + 0x0C) |= 1u << (2 * BOARD_UART_RX_PIN);
  NVIC_ISER(UART_IRQ) = 1u << (UART_IRQ % 32);
}

uint32_t uart_set_rate(uint32_t baud) {
  if (UART_CR1 & 1u) (void)wait_set(UART + 0x1C, ISR_TC, ISR_TC);
  uint32_t listening = UART_CR1 & CR1_RXNEIE;
  UART_CR1 = 0; /* the rate may only be changed while it is off */
#if STM32_UART_IS_LOW_POWER
  uint32_t divider = (uint32_t)(((uint64_t)uart_hz * 256u + baud / 2) / baud);
  if (divider < 0x300u) divider = 0x300u;
  if (divider > 0xFFFFFu) divider = 0xFFFFFu;
  uint32_t real = (uint32_t)((uint64_t)uart_hz * 256u / divider);
#else
  uint32_t divider = (uart_hz + baud / 2) / baud;
  if (divider < 16) divider = 16;
  if (divider > 0xFFFFu) divider = 0xFFFFu;
  uint32_t real = uart_hz / divider;
#endif
  UART_BRR = divider;
  UART_CR1 = 1u << 3 | 1u << 2 | 1u | listening;
  return real;
}

void uart_send(uint8_t byte) {
  (void)wait_set(UART + 0x1C, ISR_TXE, ISR_TXE);
  UART_TDR = byte;
}

int uart_receive(void) {
  uint32_t status = UART_ISR;
  if (!(status & (ISR_RXNE | ISR_ERRORS))) return UART_NOTHING;
  UART_ICR = status & ISR_ERRORS;
  uint8_t byte = (uint8_t)UART_RDR;
  return status & ISR_ERRORS ? UART_DAMAGED : byte;
}

void uart_listen(int on) {
  if (!on) {
    UART_CR1 &= ~CR1_RXNEIE;
    return;
  }
  while (uart_receive() != UART_NOTHING) {
  }
  UART_CR1 |= CR1_RXNEIE;
}

#endif
