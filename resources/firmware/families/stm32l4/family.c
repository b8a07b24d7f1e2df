/* STM32L4: 80 MHz from the multi-speed internal oscillator, which runs at 4 MHz after reset (RM0351 6.2.3). */
#include "family.h"
#include "hardware.h"

#define RESET_HZ 4000000u
#define PLL_SOURCE_INTERNAL 1u /* MSI */
#define PLL_SOURCE_EXTERNAL 3u
#define PLL_M_INTERNAL CLOCK_PLL_M
#define HAS_BOOST 0

#include "stm32l4g4.h"
