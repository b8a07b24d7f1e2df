/* nRF52: 64 MHz always; the crystal makes it exact enough for the UART. Registers as in the nRF52840 PS v1.7. */
#include "family.h"
#include "hardware.h"

#define CLOCK_TASK_HFCLKSTART REGISTER(0x40000000u)
#define CLOCK_EVENT_HFCLKSTARTED REGISTER(0x40000100u)
#define POWER_DCDCEN REGISTER(0x40000578u)
#define APPROTECT_DISABLE REGISTER(0x40000558u)
#define NVMC_ICACHECNF REGISTER(0x4001E540u)
#define GPIO(port) (0x50000000u + 0x300u * (port))
#define NVIC_ISER REGISTER(0xE000E100u)

#define UART 0x40002000u
#define TASK_STARTRX REGISTER(UART + 0x000)
#define TASK_STARTTX REGISTER(UART + 0x008)
#define EVENT_RXDRDY REGISTER(UART + 0x108)
#define EVENT_TXDRDY REGISTER(UART + 0x11C)
#define EVENT_ERROR REGISTER(UART + 0x124)
#define INTENSET REGISTER(UART + 0x304)
#define INTENCLR REGISTER(UART + 0x308)
#define ERRORSRC REGISTER(UART + 0x480)
#define ENABLE REGISTER(UART + 0x500)
#define PSELTXD REGISTER(UART + 0x50C)
#define PSELRXD REGISTER(UART + 0x514)
#define RXD REGISTER(UART + 0x518)
#define TXD REGISTER(UART + 0x51C)
#define BAUDRATE REGISTER(UART + 0x524)
#define INTERRUPTS (1u << 2 | 1u << 9) /* RXDRDY, ERROR */

struct clock clock_start(void) {
  NVMC_ICACHECNF = 1u;
  POWER_DCDCEN = CLOCK_DCDC; /* only where the board has the coil: without it the core would lose its supply (PS, chapter POWER) */
  /* On silicon that locks its debug port after each reset, firmware has to unlock it (PS 4.8.2); elsewhere nothing happens. */
  APPROTECT_DISABLE = 0x5Au;
  CLOCK_EVENT_HFCLKSTARTED = 0;
  CLOCK_TASK_HFCLKSTART = 1u;
  for (uint32_t looks = 0; looks < WAIT_LOOKS; looks++)
    if (CLOCK_EVENT_HFCLKSTARTED) return (struct clock){BOARD_CLOCK_HZ, CLOCK_CRYSTAL};
  return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
}

void led_set(int on) {
#if BOARD_LED
  REGISTER(GPIO(BOARD_LED_PORT) + (on != BOARD_LED_ACTIVE_LOW ? 0x508u : 0x50Cu)) = 1u << BOARD_LED_PIN;
  REGISTER(GPIO(BOARD_LED_PORT) + 0x518u) = 1u << BOARD_LED_PIN;
#else
  (void)on;
#endif
}

static uint8_t is_sending;

void uart_start(void) {
  REGISTER(GPIO(BOARD_UART_TX_PORT) + 0x508u) = 1u << BOARD_UART_TX_PIN;
  REGISTER(GPIO(BOARD_UART_TX_PORT) + 0x518u) = 1u << BOARD_UART_TX_PIN;
  REGISTER(GPIO(BOARD_UART_RX_PORT) + 0x700u + 4u * BOARD_UART_RX_PIN) = 3u << 2; /* input, pulled up: idle is high */
  PSELTXD = BOARD_UART_TX_PORT << 5 | BOARD_UART_TX_PIN;
  PSELRXD = BOARD_UART_RX_PORT << 5 | BOARD_UART_RX_PIN;
  ENABLE = 4u;
  TASK_STARTTX = 1u;
  TASK_STARTRX = 1u;
  NVIC_ISER = 1u << UART_IRQ;
}

static void wait_sent(void) {
  for (uint32_t looks = 0; is_sending && looks < WAIT_LOOKS; looks++)
    if (EVENT_TXDRDY) break;
  EVENT_TXDRDY = 0;
  is_sending = 0;
}

/* Only these rates exist (PS 6.33.10.13). */
uint32_t uart_set_rate(uint32_t baud) {
  static const struct {
    uint32_t rate, code;
  } rates[] = {{115200u, 0x01D7E000u}, {230400u, 0x03AFB000u}, {460800u, 0x075F7000u}, {921600u, 0x0EBED000u}};
  wait_sent();
  uint32_t chosen = 0;
  for (uint32_t i = 1; i < sizeof rates / sizeof *rates; i++)
    if (baud >= rates[i].rate) chosen = i;
  BAUDRATE = rates[chosen].code;
  return rates[chosen].rate;
}

void uart_send(uint8_t byte) {
  wait_sent();
  is_sending = 1;
  TXD = byte;
}

int uart_receive(void) {
  int damaged = 0;
  if (EVENT_ERROR) {
    EVENT_ERROR = 0;
    ERRORSRC = ERRORSRC;
    damaged = 1;
  }
  if (!EVENT_RXDRDY) return damaged ? UART_DAMAGED : UART_NOTHING;
  EVENT_RXDRDY = 0;
  uint8_t byte = (uint8_t)RXD;
  return damaged ? UART_DAMAGED : byte;
}

void uart_listen(int on) {
  if (!on) {
    INTENCLR = INTERRUPTS;
    return;
  }
  while (uart_receive() != UART_NOTHING) {
  }
  INTENSET = INTERRUPTS;
}
