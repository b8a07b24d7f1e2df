/* nRF52: 64 MHz always; the crystal makes it exact enough for the UART. Registers as in the nRF52840 PS v1.7. */
#include "family.h"
#include "hardware.h"

#define NRF_CLOCK 0x40000000u
#define NRF_GPIO(port) (0x50000500u + 0x300u * (port))
#define NRF_UART 0x40002000u
#define NRF_UART_ENABLE 4u
#define NRF_EVENT_SENT 0x11Cu     /* TXDRDY */
#define NRF_EVENT_RECEIVED 0x108u /* RXDRDY */
#define NRF_RATES {0x01D7E000u, 0x03AFB000u, 0x075F7000u, 0x0EBED000u} /* PS, UART: BAUDRATE */
#include "nrf.h"

#define APPROTECT_DISABLE REGISTER(0x40000558u)
#define POWER_DCDCEN REGISTER(0x40000578u)
#define NVMC_ICACHECNF REGISTER(0x4001E540u)
#define RXD NRF_REGISTER(0x518)
#define TXD NRF_REGISTER(0x51C)

struct clock clock_start(void) {
  NVMC_ICACHECNF = 1u;
  POWER_DCDCEN = CLOCK_DCDC; /* only where the board has the coil: without it the core would lose its supply (PS, chapter POWER) */
  /* On silicon that locks its debug port after each reset, firmware has to unlock it (PS 4.8.2); elsewhere nothing happens. */
  APPROTECT_DISABLE = 0x5Au;
  return start_crystal();
}

static void uart_prepare(void) { TASK_STARTTX = 1u; }

static void put_byte(uint8_t byte) { TXD = byte; }

static uint8_t take_byte(void) { return (uint8_t)RXD; }
