/* nRF5340, application core, in the secure state in which it starts: 128 MHz, cache, UARTE byte by byte. Registers as in the
 * nRF5340 PS v1.4; peripherals at their secure addresses. */
#include "family.h"
#include "hardware.h"

#define CLOCK_PERIPHERAL 0x50005000u
#define CLOCK_TASK_HFCLKSTART REGISTER(CLOCK_PERIPHERAL + 0x000)
#define CLOCK_EVENT_HFCLKSTARTED REGISTER(CLOCK_PERIPHERAL + 0x100)
#define CLOCK_HFCLKCTRL REGISTER(CLOCK_PERIPHERAL + 0x558)
#define REGULATORS_VREGMAIN_DCDCEN REGISTER(0x50004704u)
#define CACHE_ENABLE REGISTER(0x50001500u)
#define GPIO(port) (0x50842500u + 0x300u * (port))
#define NVIC_ISER REGISTER(0xE000E100u)

#define UARTE 0x50008000u
#define TASK_STARTRX REGISTER(UARTE + 0x000)
#define TASK_STARTTX REGISTER(UARTE + 0x008)
#define EVENT_ENDRX REGISTER(UARTE + 0x110)
#define EVENT_ENDTX REGISTER(UARTE + 0x120)
#define EVENT_ERROR REGISTER(UARTE + 0x124)
#define INTENSET REGISTER(UARTE + 0x304)
#define INTENCLR REGISTER(UARTE + 0x308)
#define ERRORSRC REGISTER(UARTE + 0x480)
#define ENABLE REGISTER(UARTE + 0x500)
#define PSEL_TXD REGISTER(UARTE + 0x50C)
#define PSEL_RXD REGISTER(UARTE + 0x514)
#define BAUDRATE REGISTER(UARTE + 0x524)
#define RXD_PTR REGISTER(UARTE + 0x534)
#define RXD_MAXCNT REGISTER(UARTE + 0x538)
#define TXD_PTR REGISTER(UARTE + 0x544)
#define TXD_MAXCNT REGISTER(UARTE + 0x548)
#define INTERRUPTS (1u << 4 | 1u << 9) /* ENDRX, ERROR */

struct clock clock_start(void) {
  CLOCK_HFCLKCTRL = 0; /* undivided: 128 MHz */
  CACHE_ENABLE = 1u;
  REGULATORS_VREGMAIN_DCDCEN = CLOCK_DCDC; /* only where the board has the coil (PS, chapter REGULATORS) */
  CLOCK_EVENT_HFCLKSTARTED = 0;
  CLOCK_TASK_HFCLKSTART = 1u;
  for (uint32_t looks = 0; looks < WAIT_LOOKS; looks++)
    if (CLOCK_EVENT_HFCLKSTARTED) return (struct clock){BOARD_CLOCK_HZ, CLOCK_CRYSTAL};
  return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
}

void led_set(int on) {
#if BOARD_LED
  REGISTER(GPIO(BOARD_LED_PORT) + (on != BOARD_LED_ACTIVE_LOW ? 0x008u : 0x00Cu)) = 1u << BOARD_LED_PIN;
  REGISTER(GPIO(BOARD_LED_PORT) + 0x018u) = 1u << BOARD_LED_PIN;
#else
  (void)on;
#endif
}

/* EasyDMA moves each byte; these two are where it finds and puts them. */
static volatile uint8_t received, sent;
static uint8_t is_sending;

void uart_start(void) {
  REGISTER(GPIO(BOARD_UART_TX_PORT) + 0x008u) = 1u << BOARD_UART_TX_PIN;
  REGISTER(GPIO(BOARD_UART_TX_PORT) + 0x018u) = 1u << BOARD_UART_TX_PIN;
  REGISTER(GPIO(BOARD_UART_RX_PORT) + 0x200u + 4u * BOARD_UART_RX_PIN) = 3u << 2; /* input, pulled up: idle is high */
  PSEL_TXD = BOARD_UART_TX_PORT << 5 | BOARD_UART_TX_PIN;
  PSEL_RXD = BOARD_UART_RX_PORT << 5 | BOARD_UART_RX_PIN;
  ENABLE = 8u;
  RXD_PTR = (uint32_t)(uintptr_t)&received;
  RXD_MAXCNT = 1u;
  TXD_PTR = (uint32_t)(uintptr_t)&sent;
  TXD_MAXCNT = 1u;
  TASK_STARTRX = 1u;
  NVIC_ISER = 1u << UART_IRQ;
}

static void wait_sent(void) {
  for (uint32_t looks = 0; is_sending && looks < WAIT_LOOKS; looks++)
    if (EVENT_ENDTX) break;
  EVENT_ENDTX = 0;
  is_sending = 0;
}

/* Only these rates exist (PS 7.37.9.21). */
uint32_t uart_set_rate(uint32_t baud) {
  static const struct {
    uint32_t rate, code;
  } rates[] = {{115200u, 0x01D60000u}, {230400u, 0x03B00000u}, {460800u, 0x07400000u}, {921600u, 0x0F000000u}};
  wait_sent();
  uint32_t chosen = 0;
  for (uint32_t i = 1; i < sizeof rates / sizeof *rates; i++)
    if (baud >= rates[i].rate) chosen = i;
  BAUDRATE = rates[chosen].code;
  return rates[chosen].rate;
}

void uart_send(uint8_t byte) {
  wait_sent();
  sent = byte;
  __asm volatile("dsb" ::: "memory");
  is_sending = 1;
  TASK_STARTTX = 1u;
}

int uart_receive(void) {
  int damaged = 0;
  if (EVENT_ERROR) {
    EVENT_ERROR = 0;
    ERRORSRC = ERRORSRC;
    damaged = 1;
  }
  if (!EVENT_ENDRX) return damaged ? UART_DAMAGED : UART_NOTHING;
  EVENT_ENDRX = 0;
  uint8_t byte = received;
  TASK_STARTRX = 1u; /* until then, up to four bytes wait in the peripheral */
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
