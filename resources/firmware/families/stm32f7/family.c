/* STM32F7: clock from crystal, bypass or the internal oscillator, over-drive, caches. Registers as in RM0385. */
#include "family.h"
#include "hardware.h"

#define RCC 0x40023800u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_PLLCFGR REGISTER(RCC + 0x04)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_APB1ENR REGISTER(RCC + 0x40)
#define PWR_CR1 REGISTER(0x40007000u)
#define PWR_CSR1 0x40007004u
#define FLASH_ACR REGISTER(0x40023C00u)

#define STM32_GPIO(port) (0x40020000u + 0x400u * (port))
#define STM32_GPIO_ENABLE (RCC + 0x30)

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

#define STM32_UART BOARD_UART(BASE_OF_)
#define STM32_UART_IS_ON_APB2 (STM32_UART >= 0x40010000u)
#define STM32_UART_ENABLE (STM32_UART_IS_ON_APB2 ? RCC + 0x44 : RCC + 0x40)
#define STM32_UART_ENABLE_BIT BOARD_UART(ENABLE_OF_)
#define STM32_UART_IS_LOW_POWER 0

#include "stm32.h"
#include "cortex_m7.h"

#define HSI_HZ 16000000u
#define CR_HSEON (1u << 16)
#define CR_HSERDY (1u << 17)
#define CR_HSEBYP (1u << 18)
#define CR_PLLON (1u << 24)
#define CR_PLLRDY (1u << 25)

static int start_external(void) {
#if BOARD_CLOCK_BYPASS
  RCC_CR |= CR_HSEBYP;
#endif
  RCC_CR |= CR_HSEON;
  if (wait_set(RCC, CR_HSERDY, CR_HSERDY)) return 1;
  RCC_CR &= ~(CR_HSEON | CR_HSEBYP);
  return 0;
}

/* 216 MHz needs scale 1 and over-drive (RM0385 4.1.4, 4.1.5). */
static int start_overdrive(void) {
  PWR_CR1 |= 1u << 16;
  if (!wait_set(PWR_CSR1, 1u << 16, 1u << 16)) return 0;
  PWR_CR1 |= 1u << 17;
  return wait_set(PWR_CSR1, 1u << 17, 1u << 17);
}

/* RM0385 5.3.3: a divider of 1, 2, 4, 8, 16 is written as 0, 4, 5, 6, 7. */
static uint32_t apb_code(uint32_t divider) {
  uint32_t code = 3;
  for (; divider > 1; divider /= 2) code++;
  return code > 3 ? code : 0;
}

static int start_pll(uint32_t external) {
  uint32_t input_divider = external ? CLOCK_PLL_M : CLOCK_HSI_PLL_M;
  RCC_APB1ENR |= 1u << 28; /* PWR */
  PWR_CR1 = (PWR_CR1 & ~(3u << 14)) | (uint32_t)CLOCK_VOS << 14;
  RCC_PLLCFGR = input_divider | CLOCK_PLL_N << 6 | (CLOCK_PLL_P / 2u - 1u) << 16 | external << 22 | CLOCK_PLL_Q << 24 | 2u << 28;
  RCC_CR |= CR_PLLON;
  if (!wait_set(RCC, CR_PLLRDY, CR_PLLRDY) || !start_overdrive()) {
    RCC_CR &= ~CR_PLLON;
    return 0;
  }
  FLASH_ACR = CLOCK_FLASH_LATENCY | 1u << 8 | 1u << 9; /* prefetch, ART accelerator */
  if (!wait_set(0x40023C00u, 15u, CLOCK_FLASH_LATENCY)) return 0;
  RCC_CFGR = (RCC_CFGR & ~0xFCF3u) | apb_code(CLOCK_APB1_DIV) << 10 | apb_code(CLOCK_APB2_DIV) << 13 | 2u;
  if (!wait_set(RCC + 0x08, 3u << 2, 2u << 2)) return 0;
  uart_hz = BOARD_CLOCK_HZ / (STM32_UART_IS_ON_APB2 ? CLOCK_APB2_DIV : CLOCK_APB1_DIV);
  return 1;
}

struct clock clock_start(void) {
  uart_hz = HSI_HZ;
  caches_start();
  if (start_external() && start_pll(1)) return (struct clock){BOARD_CLOCK_HZ, BOARD_CLOCK_BYPASS ? CLOCK_BYPASS : CLOCK_CRYSTAL};
  if (start_pll(0)) return (struct clock){BOARD_CLOCK_HZ, CLOCK_INTERNAL};
  return (struct clock){HSI_HZ, CLOCK_AS_RESET};
}
