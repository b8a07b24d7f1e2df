/* nRF5340, application core, in the secure state in which it starts: 128 MHz, cache, UARTE byte by byte. Registers as in the
 * nRF5340 PS v1.4; peripherals at their secure addresses. */
#include "family.h"
#include "hardware.h"

#define NRF_CLOCK 0x50005000u
#define NRF_GPIO(port) (0x50842500u + 0x300u * (port))
#define NRF_UART 0x50008000u
#define NRF_UART_ENABLE 8u
#define NRF_EVENT_SENT 0x120u     /* ENDTX */
#define NRF_EVENT_RECEIVED 0x110u /* ENDRX */
#define NRF_RATES {0x01D60000u, 0x03B00000u, 0x07400000u, 0x0F000000u} /* PS, UARTE: BAUDRATE */
#include "nrf.h"

#define CLOCK_HFCLKCTRL REGISTER(NRF_CLOCK + 0x558)
#define REGULATORS_VREGMAIN_DCDCEN REGISTER(0x50004704u)
#define CACHE_ENABLE REGISTER(0x50001500u)
#define RXD_PTR NRF_REGISTER(0x534)
#define RXD_MAXCNT NRF_REGISTER(0x538)
#define TXD_PTR NRF_REGISTER(0x544)
#define TXD_MAXCNT NRF_REGISTER(0x548)

struct clock clock_start(void) {
  CLOCK_HFCLKCTRL = 0; /* undivided: 128 MHz */
  CACHE_ENABLE = 1u;
  REGULATORS_VREGMAIN_DCDCEN = CLOCK_DCDC; /* only where the board has the coil (PS, chapter REGULATORS) */
  return start_crystal();
}

/* EasyDMA moves each byte; these two are where it finds and puts them. */
static volatile uint8_t received, sent;

static void uart_prepare(void) {
  RXD_PTR = (uint32_t)(uintptr_t)&received;
  RXD_MAXCNT = 1u;
  TXD_PTR = (uint32_t)(uintptr_t)&sent;
  TXD_MAXCNT = 1u;
}

static void put_byte(uint8_t byte) {
  sent = byte;
  __asm volatile("dsb" ::: "memory");
  TASK_STARTTX = 1u;
}

static uint8_t take_byte(void) {
  uint8_t byte = received;
  TASK_STARTRX = 1u; /* until then, up to four bytes wait in the peripheral */
  return byte;
}
