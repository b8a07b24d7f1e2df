/* Clock of STM32L4 (RM0351), L4+ (RM0432) and G4 (RM0440), whose RCC, PWR and Flash interface have one layout. A family defines
 * RESET_HZ (its clock after reset), PLL_SOURCE_INTERNAL and PLL_SOURCE_EXTERNAL (codes of PLLSRC), PLL_M_INTERNAL, HAS_BOOST,
 * and what `stm32.h` needs, before it includes this.
 */
#ifndef STM32L4G4_H
#define STM32L4G4_H

#define RCC 0x40021000u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_PLLCFGR REGISTER(RCC + 0x0C)
#define RCC_APB1ENR1 REGISTER(RCC + 0x58)
#define PWR_CR1 REGISTER(0x40007000u)
#define PWR_CR2 REGISTER(0x40007004u)
#define PWR_SR2_ADDRESS 0x40007014u
#define PWR_CR5 REGISTER(0x40007080u)
#define FLASH_ACR_ADDRESS 0x40022000u

#define STM32_GPIO(port) (0x48000000u + 0x400u * (port))
#define STM32_GPIO_ENABLE (RCC + 0x4C)

#define BASE_OF_USART1 0x40013800u
#define BASE_OF_USART2 0x40004400u
#define BASE_OF_USART3 0x40004800u
#define BASE_OF_LPUART1 0x40008000u
#define ENABLE_REGISTER_OF_USART1 (RCC + 0x60)
#define ENABLE_REGISTER_OF_USART2 (RCC + 0x58)
#define ENABLE_REGISTER_OF_USART3 (RCC + 0x58)
#define ENABLE_REGISTER_OF_LPUART1 (RCC + 0x5C)
#define ENABLE_OF_USART1 (1u << 14)
#define ENABLE_OF_USART2 (1u << 17)
#define ENABLE_OF_USART3 (1u << 18)
#define ENABLE_OF_LPUART1 1u
#define LOW_POWER_OF_USART1 0
#define LOW_POWER_OF_USART2 0
#define LOW_POWER_OF_USART3 0
#define LOW_POWER_OF_LPUART1 1

#define STM32_UART BOARD_UART(BASE_OF_)
#define STM32_UART_ENABLE BOARD_UART(ENABLE_REGISTER_OF_)
#define STM32_UART_ENABLE_BIT BOARD_UART(ENABLE_OF_)
#define STM32_UART_IS_LOW_POWER BOARD_UART(LOW_POWER_OF_)

#include "stm32.h"

#define CR_HSION (1u << 8)
#define CR_HSIRDY (1u << 10)
#define CR_HSEON (1u << 16)
#define CR_HSERDY (1u << 17)
#define CR_HSEBYP (1u << 18)
#define CR_PLLON (1u << 24)
#define CR_PLLRDY (1u << 25)

#if BOARD_CLOCK_CRYSTAL || BOARD_CLOCK_BYPASS
static int start_external(void) {
#if BOARD_CLOCK_BYPASS
  RCC_CR |= CR_HSEBYP;
#endif
  RCC_CR |= CR_HSEON;
  if (wait_set(RCC, CR_HSERDY, CR_HSERDY)) return 1;
  RCC_CR &= ~(CR_HSEON | CR_HSEBYP);
  return 0;
}
#endif

static int start_pll(uint32_t source, uint32_t input_divider) {
  RCC_APB1ENR1 |= 1u << 28; /* PWR */
  (void)RCC_APB1ENR1;
  PWR_CR1 = (PWR_CR1 & ~(3u << 9)) | 1u << 9; /* range 1 */
  if (!wait_set(PWR_SR2_ADDRESS, 1u << 10, 0)) return 0;
#if HAS_BOOST
  PWR_CR5 &= ~(1u << 8); /* boost: clocks above 80 MHz (L4+), 150 MHz (G4) */
#endif
  RCC_PLLCFGR = source | (input_divider - 1u) << 4 | CLOCK_PLL_N << 8 | 1u << 24 | (CLOCK_PLL_R / 2u - 1u) << 25;
  RCC_CR |= CR_PLLON;
  if (!wait_set(RCC, CR_PLLRDY, CR_PLLRDY)) {
    RCC_CR &= ~CR_PLLON;
    return 0;
  }
  REGISTER(FLASH_ACR_ADDRESS) = CLOCK_FLASH_LATENCY | 1u << 8 | 1u << 9 | 1u << 10; /* prefetch, both caches */
  if (!wait_set(FLASH_ACR_ADDRESS, 15u, CLOCK_FLASH_LATENCY)) return 0;
#if HAS_BOOST
  /* At half speed for a microsecond, so that the regulator can follow (RM0440 6.1.5, RM0432 5.1.7). */
  RCC_CFGR = (RCC_CFGR & ~0x3FF3u) | 8u << 4 | 3u;
  if (!wait_set(RCC + 0x08, 3u << 2, 3u << 2)) return 0;
  for (volatile uint32_t pause = 0; pause < 200; pause++) {
  }
#endif
  RCC_CFGR = (RCC_CFGR & ~0x3FF3u) | 3u;
  if (!wait_set(RCC + 0x08, 3u << 2, 3u << 2)) return 0;
  uart_hz = BOARD_CLOCK_HZ;
  return 1;
}

struct clock clock_start(void) {
  uart_hz = RESET_HZ;
#if BOARD_CLOCK_CRYSTAL || BOARD_CLOCK_BYPASS
  if (start_external() && start_pll(PLL_SOURCE_EXTERNAL, CLOCK_PLL_M)) return (struct clock){BOARD_CLOCK_HZ, BOARD_CLOCK_BYPASS ? CLOCK_BYPASS : CLOCK_CRYSTAL};
#endif
  if (start_pll(PLL_SOURCE_INTERNAL, PLL_M_INTERNAL)) return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
  return (struct clock){RESET_HZ, CLOCK_AS_RESET};
}

#endif
