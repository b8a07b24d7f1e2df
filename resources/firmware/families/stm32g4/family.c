/* STM32G4: 170 MHz from a crystal or the internal oscillator of 16 MHz (RM0440 7.2). */
#include "family.h"
#include "hardware.h"

#define RESET_HZ 16000000u
#define PLL_SOURCE_INTERNAL 2u /* HSI16 */
#define PLL_SOURCE_EXTERNAL 3u
#define PLL_M_INTERNAL CLOCK_HSI_PLL_M
#define HAS_BOOST 1

#include "stm32l4g4.h"
