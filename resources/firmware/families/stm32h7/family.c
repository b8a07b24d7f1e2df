/* STM32H7: supply and voltage scale, clock from bypass, crystal or the internal oscillator, caches. Registers as in RM0433. */
#include "family.h"
#include "hardware.h"

#define RCC 0x58024400u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CFGR REGISTER(RCC + 0x10)
#define RCC_D1CFGR REGISTER(RCC + 0x18)
#define RCC_D2CFGR REGISTER(RCC + 0x1C)
#define RCC_D3CFGR REGISTER(RCC + 0x20)
#define RCC_PLLCKSELR REGISTER(RCC + 0x28)
#define RCC_PLLCFGR REGISTER(RCC + 0x2C)
#define RCC_PLL1DIVR REGISTER(RCC + 0x30)
#define RCC_AHB2ENR REGISTER(RCC + 0xDC)
#define RCC_APB4ENR REGISTER(RCC + 0xF4)
#define PWR_CSR1 0x58024804u
#define PWR_CR3 REGISTER(0x5802480Cu)
#define PWR_D3CR_ADDRESS 0x58024818u
#define SYSCFG_PWRCR REGISTER(0x5800042Cu)
#define FLASH_ACR REGISTER(0x52002000u)
#define DBGMCU_IDC REGISTER(0x5C001000u)

#define STM32_GPIO(port) (0x58020000u + 0x400u * (port))
#define STM32_GPIO_ENABLE (RCC + 0xE0)

#define BASE_OF_USART1 0x40011000u
#define BASE_OF_USART2 0x40004400u
#define BASE_OF_USART3 0x40004800u
#define ENABLE_OF_USART1 (1u << 4)
#define ENABLE_OF_USART2 (1u << 17)
#define ENABLE_OF_USART3 (1u << 18)

#define STM32_UART BOARD_UART(BASE_OF_)
#define STM32_UART_ENABLE (STM32_UART >= 0x40010000u ? RCC + 0xF0 : RCC + 0xE8)
#define STM32_UART_ENABLE_BIT BOARD_UART(ENABLE_OF_)
#define STM32_UART_IS_LOW_POWER 0

#include "stm32.h"
#include "cortex_m7.h"

#define HSI_HZ 64000000u
#define CR_HSEON (1u << 16)
#define CR_HSERDY (1u << 17)
#define CR_HSEBYP (1u << 18)
#define CR_PLL1ON (1u << 24)
#define CR_PLL1RDY (1u << 25)
#define VOS_READY (1u << 13)
#define REVISION_Y 0x1003u

/* SRAM1 to SRAM3 of domain 2 have no clock after reset. */
void memory_start(void) {
  RCC_AHB2ENR |= 7u << 29;
  (void)RCC_AHB2ENR;
}

static int start_external(void) {
#if BOARD_CLOCK_BYPASS
  RCC_CR |= CR_HSEBYP;
#endif
  RCC_CR |= CR_HSEON;
  if (wait_set(RCC, CR_HSERDY, CR_HSERDY)) return 1;
  RCC_CR &= ~(CR_HSEON | CR_HSEBYP);
  return 0;
}

/* The supply is confirmed once after power-on (RM0433 6.4.1), then the core voltage may be raised: scale 1, and scale 0 where
 * this silicon has it: through SYSCFG on H743 (RM0433 6.6.2), through PWR on H723 (RM0468 6.8.7). */
static int raise_voltage(int to_scale_0) {
  PWR_CR3 = (PWR_CR3 & ~7u) | 2u; /* the internal LDO, as on every NUCLEO-144 */
  if (!wait_set(PWR_CSR1, VOS_READY, VOS_READY)) return 0;
  REGISTER(PWR_D3CR_ADDRESS) = (REGISTER(PWR_D3CR_ADDRESS) & ~(3u << 14)) | 3u << 14;
  if (!wait_set(PWR_D3CR_ADDRESS, VOS_READY, VOS_READY)) return 0;
  if (!to_scale_0) return 1;
#if CLOCK_SCALE_0_BY_SYSCFG
  RCC_APB4ENR |= 1u << 1;
  (void)RCC_APB4ENR;
  SYSCFG_PWRCR |= 1u;
#else
  REGISTER(PWR_D3CR_ADDRESS) &= ~(3u << 14);
#endif
  return wait_set(PWR_D3CR_ADDRESS, VOS_READY, VOS_READY);
}

static uint32_t start_pll(uint32_t external) {
  int old_silicon = DBGMCU_IDC >> 16 == REVISION_Y;
  uint32_t input_divider = external ? CLOCK_PLL_M : CLOCK_HSI_PLL_M;
  uint32_t multiplier = old_silicon ? CLOCK_REV_Y_PLL_N : CLOCK_PLL_N;
  uint32_t input_hz = (external ? BOARD_CLOCK_SOURCE_HZ : HSI_HZ) / input_divider;
  if (!raise_voltage(!old_silicon)) return 0;
  RCC_PLLCKSELR = input_divider << 4 | (external ? 2u : 0u);
  RCC_PLLCFGR = 1u << 2 | 1u << 16; /* input of 2 to 4 MHz, wide oscillator, output P */
  RCC_PLL1DIVR = (multiplier - 1u) | (CLOCK_PLL_P - 1u) << 9 | 1u << 16 | 1u << 24;
  RCC_CR |= CR_PLL1ON;
  if (!wait_set(RCC, CR_PLL1RDY, CR_PLL1RDY)) {
    RCC_CR &= ~CR_PLL1ON;
    return 0;
  }
  FLASH_ACR = CLOCK_FLASH_LATENCY | CLOCK_FLASH_WRHIGHFREQ << 4;
  if (!wait_set(0x52002000u, 15u, CLOCK_FLASH_LATENCY)) return 0;
  /* Core at full speed, buses at half of it, peripherals at half of that. */
  RCC_D1CFGR = 8u | 4u << 4;
  RCC_D2CFGR = 4u << 4 | 4u << 8;
  RCC_D3CFGR = 4u << 4;
  RCC_CFGR = (RCC_CFGR & ~7u) | 3u;
  if (!wait_set(RCC + 0x10, 7u << 3, 3u << 3)) return 0;
  uint32_t hertz = input_hz * multiplier / CLOCK_PLL_P;
  uart_hz = hertz / 4u;
  return hertz;
}

struct clock clock_start(void) {
  uart_hz = HSI_HZ;
  caches_start();
  if (start_external()) {
    uint32_t hertz = start_pll(1);
    if (hertz != 0) return (struct clock){hertz, BOARD_CLOCK_BYPASS ? CLOCK_BYPASS : CLOCK_CRYSTAL};
  }
  uint32_t hertz = start_pll(0);
  if (hertz != 0) return (struct clock){hertz, CLOCK_INTERNAL};
  return (struct clock){HSI_HZ, CLOCK_AS_RESET};
}
