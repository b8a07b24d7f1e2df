/* STM32F4: clock from crystal, bypass or the internal oscillator; USART; pins. Registers as in RM0090. */
#include "family.h"
#include "hardware.h"

#define RCC 0x40023800u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_PLLCFGR REGISTER(RCC + 0x04)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_AHB1ENR REGISTER(RCC + 0x30)
#define RCC_APB1ENR REGISTER(RCC + 0x40)
#define RCC_APB2ENR REGISTER(RCC + 0x44)
#define PWR_CR REGISTER(0x40007000u)
#define PWR_CSR REGISTER(0x40007004u)
#define FLASH_ACR REGISTER(0x40023C00u)
#define NVIC_ISER(irq) REGISTER(0xE000E100u + 4u * ((irq) / 32u))

#define HSI_HZ 16000000u

static uint32_t apb1_hz = HSI_HZ, apb2_hz = HSI_HZ;

/* ---- clock ---- */

static int wait_set(uint32_t address, uint32_t mask, uint32_t value) {
  for (uint32_t looks = 0; looks < WAIT_LOOKS; looks++)
    if ((REGISTER(address) & mask) == value) return 1;
  return 0;
}

/* RM0090 7.3.3: a divider of 1, 2, 4, 8, 16 is written as 0, 4, 5, 6, 7. */
static uint32_t apb_code(uint32_t divider) {
  uint32_t code = 3;
  for (; divider > 1; divider /= 2) code++;
  return code > 3 ? code : 0;
}

#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_HSEBYP (1u << 18)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)

static int start_external(int bypass) {
  RCC_CR |= bypass ? RCC_CR_HSEBYP : 0;
  RCC_CR |= RCC_CR_HSEON;
  if (wait_set(RCC, RCC_CR_HSERDY, RCC_CR_HSERDY)) return 1;
  RCC_CR &= ~(RCC_CR_HSEON | RCC_CR_HSEBYP);
  return 0;
}

/* Over-drive (F42x, F446): RM0090 5.1.4. Only where the board asks for a clock that needs it. */
static int start_overdrive(void) {
#if CLOCK_OVERDRIVE
  PWR_CR |= 1u << 16;
  if (!wait_set(0x40007004u, 1u << 16, 1u << 16)) return 0;
  PWR_CR |= 1u << 17;
  if (!wait_set(0x40007004u, 1u << 17, 1u << 17)) return 0;
#endif
  return 1;
}

static int start_pll(int external) {
  uint32_t input_divider = external ? CLOCK_PLL_M : CLOCK_HSI_PLL_M;
  RCC_APB1ENR |= 1u << 28; /* PWR */
  PWR_CR = (PWR_CR & ~(3u << 14)) | (uint32_t)CLOCK_VOS << 14;
  /* Bits 30:28 (F446, F412: PLLR) keep their reset value of 2. */
  RCC_PLLCFGR = input_divider | CLOCK_PLL_N << 6 | (CLOCK_PLL_P / 2u - 1u) << 16 | (uint32_t)external << 22 | CLOCK_PLL_Q << 24 | 2u << 28;
  RCC_CR |= RCC_CR_PLLON;
  if (!wait_set(RCC, RCC_CR_PLLRDY, RCC_CR_PLLRDY) || !start_overdrive()) {
    RCC_CR &= ~RCC_CR_PLLON;
    return 0;
  }
  FLASH_ACR = CLOCK_FLASH_LATENCY | 1u << 8 | 1u << 9 | 1u << 10; /* prefetch, both caches */
  RCC_CFGR = (RCC_CFGR & ~0xFCF3u) | apb_code(CLOCK_APB1_DIV) << 10 | apb_code(CLOCK_APB2_DIV) << 13 | 2u;
  if (!wait_set(RCC + 0x08, 3u << 2, 2u << 2)) return 0;
  apb1_hz = BOARD_CLOCK_HZ / CLOCK_APB1_DIV;
  apb2_hz = BOARD_CLOCK_HZ / CLOCK_APB2_DIV;
  return 1;
}

struct clock clock_start(void) {
#if BOARD_CLOCK_CRYSTAL || BOARD_CLOCK_BYPASS
  if (start_external(BOARD_CLOCK_BYPASS)) {
    if (start_pll(1)) return (struct clock){BOARD_CLOCK_HZ, BOARD_CLOCK_BYPASS ? CLOCK_BYPASS : CLOCK_CRYSTAL};
  }
#endif
  if (start_pll(0)) return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
  return (struct clock){HSI_HZ, CLOCK_AS_RESET};
}

/* ---- pins ---- */

#define GPIO(port) (0x40020000u + 0x400u * (port))

static void pin_mode(uint32_t port, uint32_t pin, uint32_t mode) {
  RCC_AHB1ENR |= 1u << port;
  (void)RCC_AHB1ENR;
  REGISTER(GPIO(port)) = (REGISTER(GPIO(port)) & ~(3u << (2 * pin))) | mode << (2 * pin);
}

static void pin_alternate(uint32_t port, uint32_t pin, uint32_t function) {
  pin_mode(port, pin, 2);
  uint32_t address = GPIO(port) + (pin < 8 ? 0x20u : 0x24u), shift = 4 * (pin % 8);
  REGISTER(address) = (REGISTER(address) & ~(15u << shift)) | function << shift;
  REGISTER(GPIO(port) + 0x08) |= 2u << (2 * pin); /* fast edges */
}

void led_set(int on) {
#if BOARD_LED
  static uint8_t ready;
  if (!ready) pin_mode(BOARD_LED_PORT, BOARD_LED_PIN, 1);
  ready = 1;
  REGISTER(GPIO(BOARD_LED_PORT) + 0x18) = 1u << (BOARD_LED_PIN + (on != BOARD_LED_ACTIVE_LOW ? 0 : 16));
#else
  (void)on;
#endif
}

/* ---- UART ---- */

#define BASE_OF_USART1 0x40011000u
#define BASE_OF_USART2 0x40004400u
#define BASE_OF_USART3 0x40004800u
#define BASE_OF_UART4 0x40004C00u
#define BASE_OF_UART5 0x40005000u
#define BASE_OF_USART6 0x40011400u
#define ENABLE_OF_USART1 (1u << 4)
#define ENABLE_OF_USART2 (1u << 17)
#define ENABLE_OF_USART3 (1u << 18)
#define ENABLE_OF_UART4 (1u << 19)
#define ENABLE_OF_UART5 (1u << 20)
#define ENABLE_OF_USART6 (1u << 5)

#define UART BOARD_UART(BASE_OF_)
#define UART_IS_ON_APB2 (UART >= 0x40010000u)
#define UART_SR REGISTER(UART + 0x00)
#define UART_DR REGISTER(UART + 0x04)
#define UART_BRR REGISTER(UART + 0x08)
#define UART_CR1 REGISTER(UART + 0x0C)
#define SR_ERRORS 0xEu /* overrun, noise, framing */
#define SR_RXNE (1u << 5)
#define SR_TC (1u << 6)
#define SR_TXE (1u << 7)
#define CR1_RXNEIE (1u << 5)

void uart_start(void) {
  if (UART_IS_ON_APB2) RCC_APB2ENR |= BOARD_UART(ENABLE_OF_);
  else RCC_APB1ENR |= BOARD_UART(ENABLE_OF_);
  pin_alternate(BOARD_UART_TX_PORT, BOARD_UART_TX_PIN, BOARD_UART_TX_ALTERNATE);
  pin_alternate(BOARD_UART_RX_PORT, BOARD_UART_RX_PIN, BOARD_UART_RX_ALTERNATE);
  /* An idle line reads as high: a floating pin must not send us frames. */
  REGISTER(GPIO(BOARD_UART_RX_PORT) + 0x0C) |= 1u << (2 * BOARD_UART_RX_PIN);
  UART_CR1 = 1u << 13 | 1u << 3 | 1u << 2;
  NVIC_ISER(UART_IRQ) = 1u << (UART_IRQ % 32);
}

uint32_t uart_set_rate(uint32_t baud) {
  (void)wait_set(UART, SR_TC, SR_TC);
  uint32_t hz = UART_IS_ON_APB2 ? apb2_hz : apb1_hz;
  uint32_t divider = (hz + baud / 2) / baud;
  if (divider < 16) divider = 16;
  UART_BRR = divider;
  return hz / divider;
}

void uart_send(uint8_t byte) {
  (void)wait_set(UART, SR_TXE, SR_TXE);
  UART_DR = byte;
}

int uart_receive(void) {
  uint32_t status = UART_SR;
  if (!(status & (SR_RXNE | SR_ERRORS))) return UART_NOTHING;
  uint8_t byte = (uint8_t)UART_DR; /* reading status, then data, clears the errors too */
  return status & SR_ERRORS ? UART_DAMAGED : byte;
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
