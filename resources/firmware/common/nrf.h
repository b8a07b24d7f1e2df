/* What nRF52 and nRF5340 share: pins, the crystal, and the serial port, whose registers have the same places in UART and
 * UARTE. Before it includes this, a family defines
 *   NRF_CLOCK, NRF_UART     where these peripherals are
 *   NRF_GPIO(port)          where a port's registers begin
 *   NRF_UART_ENABLE         the value that enables the UART
 *   NRF_EVENT_SENT          where the event of a byte that has left is
 *   NRF_EVENT_RECEIVED      and that of one that has come
 *   NRF_RATES               the codes of 115200, 230400, 460800 and 921600 baud: no other rates exist
 * and the functions uart_prepare, put_byte and take_byte.
 */
#ifndef NRF_H
#define NRF_H

#define NRF_REGISTER(offset) REGISTER(NRF_UART + (offset))
#define TASK_STARTRX NRF_REGISTER(0x000)
#define TASK_STARTTX NRF_REGISTER(0x008)
#define EVENT_SENT NRF_REGISTER(NRF_EVENT_SENT)
#define EVENT_RECEIVED NRF_REGISTER(NRF_EVENT_RECEIVED)
#define EVENT_ERROR NRF_REGISTER(0x124)
#define INTENSET NRF_REGISTER(0x304)
#define INTENCLR NRF_REGISTER(0x308)
#define ERRORSRC NRF_REGISTER(0x480)
#define ENABLE NRF_REGISTER(0x500)
#define PSEL_TXD NRF_REGISTER(0x50C)
#define PSEL_RXD NRF_REGISTER(0x514)
#define BAUDRATE NRF_REGISTER(0x524)
/* An event's interrupt bit is its place among the events. */
#define INTERRUPTS (1u << (NRF_EVENT_RECEIVED - 0x100u) / 4u | 1u << 9) /* a byte, an error */

#define CLOCK_TASK_HFCLKSTART REGISTER(NRF_CLOCK + 0x000)
#define CLOCK_EVENT_HFCLKSTARTED REGISTER(NRF_CLOCK + 0x100)
#define GPIO_OUTSET 0x008u
#define GPIO_OUTCLR 0x00Cu
#define GPIO_DIRSET 0x018u
#define GPIO_PIN_CNF(pin) (0x200u + 4u * (pin))
#define NVIC_ISER REGISTER(0xE000E100u)

static void uart_prepare(void);
static void put_byte(uint8_t byte);
static uint8_t take_byte(void);

/* The core runs at its speed without the crystal, which makes it exact. */
static struct clock start_crystal(void) {
  CLOCK_EVENT_HFCLKSTARTED = 0;
  CLOCK_TASK_HFCLKSTART = 1u;
  for (uint32_t looks = 0; looks < WAIT_LOOKS; looks++)
    if (CLOCK_EVENT_HFCLKSTARTED) return (struct clock){BOARD_CLOCK_HZ, CLOCK_CRYSTAL};
  return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
}

void led_set(int on) {
#if BOARD_LED
  REGISTER(NRF_GPIO(BOARD_LED_PORT) + (on != BOARD_LED_ACTIVE_LOW ? GPIO_OUTSET : GPIO_OUTCLR)) = 1u << BOARD_LED_PIN;
  REGISTER(NRF_GPIO(BOARD_LED_PORT) + GPIO_DIRSET) = 1u << BOARD_LED_PIN;
#else
  (void)on;
#endif
}

static uint8_t is_sending;

void uart_start(void) {
  REGISTER(NRF_GPIO(BOARD_UART_TX_PORT) + GPIO_OUTSET) = 1u << BOARD_UART_TX_PIN;
  REGISTER(NRF_GPIO(BOARD_UART_TX_PORT) + GPIO_DIRSET) = 1u << BOARD_UART_TX_PIN;
  REGISTER(NRF_GPIO(BOARD_UART_RX_PORT) + GPIO_PIN_CNF(BOARD_UART_RX_PIN)) = 3u << 2; /* input, pulled up: idle is high */
  PSEL_TXD = BOARD_UART_TX_PORT << 5 | BOARD_UART_TX_PIN;
  PSEL_RXD = BOARD_UART_RX_PORT << 5 | BOARD_UART_RX_PIN;
  ENABLE = NRF_UART_ENABLE;
  uart_prepare();
  TASK_STARTRX = 1u;
  NVIC_ISER = 1u << UART_IRQ;
}

static void wait_sent(void) {
  for (uint32_t looks = 0; is_sending && looks < WAIT_LOOKS; looks++)
    if (EVENT_SENT) break;
  EVENT_SENT = 0;
  is_sending = 0;
}

uint32_t uart_set_rate(uint32_t baud) {
  static const uint32_t rates[] = {115200u, 230400u, 460800u, 921600u}, codes[] = NRF_RATES;
  wait_sent();
  uint32_t chosen = 0;
  for (uint32_t i = 1; i < sizeof rates / sizeof *rates; i++)
    if (baud >= rates[i]) chosen = i;
  BAUDRATE = codes[chosen];
  return rates[chosen];
}

void uart_send(uint8_t byte) {
  wait_sent();
  is_sending = 1;
  put_byte(byte);
}

int uart_receive(void) {
  int damaged = 0;
  if (EVENT_ERROR) {
    EVENT_ERROR = 0;
    ERRORSRC = ERRORSRC;
    damaged = 1;
  }
  if (!EVENT_RECEIVED) return damaged ? UART_DAMAGED : UART_NOTHING;
  EVENT_RECEIVED = 0;
  uint8_t byte = take_byte();
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

#endif
