/* STM32L4+: 120 MHz from the multi-speed internal oscillator, which runs at 4 MHz after reset (RM0432 6.2.3). */
#include "family.h"
#include "hardware.h"

#define RESET_HZ 4000000u
#define PLL_SOURCE_INTERNAL 1u /* MSI */
#define PLL_SOURCE_EXTERNAL 3u
#define PLL_M_INTERNAL CLOCK_PLL_M
#define HAS_BOOST 1
/* Port G has a supply of its own that must be declared present (RM0432 5.1.2, 5.4.2). */
#define BEFORE_UART (PWR_CR2 |= 1u << 9)

#include "stm32l4g4.h"
