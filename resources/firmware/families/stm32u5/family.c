/* STM32U5: 160 MHz from the multi-speed internal oscillator, with the regulator's booster. Registers as in RM0456. */
#include "family.h"
#include "hardware.h"

#define RCC 0x46020C00u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CFGR1 REGISTER(RCC + 0x1C)
#define RCC_PLL1CFGR REGISTER(RCC + 0x28)
#define RCC_PLL1DIVR REGISTER(RCC + 0x34)
#define RCC_AHB3ENR REGISTER(RCC + 0x94)
#define PWR_VOSR_ADDRESS 0x4602080Cu
#define FLASH_ACR_ADDRESS 0x40022000u
#define ICACHE_CR REGISTER(0x40030400u)
#define ICACHE_SR_ADDRESS 0x40030404u

#define STM32_GPIO(port) (0x42020000u + 0x400u * (port))
#define STM32_GPIO_ENABLE (RCC + 0x8C)

#define BASE_OF_USART1 0x40013800u
#define STM32_UART BOARD_UART(BASE_OF_)
#define STM32_UART_ENABLE (RCC + 0xA4)
#define STM32_UART_ENABLE_BIT (1u << 14)
#define STM32_UART_IS_LOW_POWER 0

#include "stm32.h"

#define RESET_HZ 4000000u
#define CR_PLL1ON (1u << 24)
#define CR_PLL1RDY (1u << 25)
#define VOSR_BOOST_READY (1u << 14)
#define VOSR_READY (1u << 15)
#define VOSR_BOOST (1u << 18)

static int start_pll(void) {
  RCC_AHB3ENR |= 1u << 2; /* PWR */
  (void)RCC_AHB3ENR;
  REGISTER(PWR_VOSR_ADDRESS) |= 3u << 16; /* range 1 */
  if (!wait_set(PWR_VOSR_ADDRESS, VOSR_READY, VOSR_READY)) return 0;
  /* MSIS as source, input of 4 to 8 MHz, the booster fed undivided, output R. */
  RCC_PLL1CFGR = 1u | (CLOCK_PLL_M - 1u) << 8 | 1u << 18;
  RCC_PLL1DIVR = (CLOCK_PLL_N - 1u) | 1u << 9 | 1u << 16 | (CLOCK_PLL_R - 1u) << 24;
  REGISTER(PWR_VOSR_ADDRESS) |= VOSR_BOOST; /* above 55 MHz (RM0456 10.5.4) */
  if (!wait_set(PWR_VOSR_ADDRESS, VOSR_BOOST_READY, VOSR_BOOST_READY)) return 0;
  RCC_CR |= CR_PLL1ON;
  if (!wait_set(RCC, CR_PLL1RDY, CR_PLL1RDY)) {
    RCC_CR &= ~CR_PLL1ON;
    return 0;
  }
  REGISTER(FLASH_ACR_ADDRESS) = CLOCK_FLASH_LATENCY | 1u << 8;
  if (!wait_set(FLASH_ACR_ADDRESS, 15u, CLOCK_FLASH_LATENCY)) return 0;
  RCC_CFGR1 = (RCC_CFGR1 & ~3u) | 3u;
  if (!wait_set(RCC + 0x1C, 3u << 2, 3u << 2)) return 0;
  uart_hz = BOARD_CLOCK_HZ;
  return 1;
}

/* The instruction cache also serves constants in Flash; it empties itself after reset (RM0456 8.4.2). */
static void cache_start(void) {
  (void)wait_set(ICACHE_SR_ADDRESS, 1u, 0);
  ICACHE_CR |= 1u;
}

struct clock clock_start(void) {
  uart_hz = RESET_HZ;
  cache_start();
  if (start_pll()) return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
  return (struct clock){RESET_HZ, CLOCK_AS_RESET};
}
