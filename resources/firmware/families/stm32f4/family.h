/* STM32F4 (RM0090 STM32F405/407/42x, RM0368 F401, RM0383 F411, RM0390 F446, RM0402 F412): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_USART1 37
#define IRQ_OF_USART2 38
#define IRQ_OF_USART3 39
#define IRQ_OF_UART4 52
#define IRQ_OF_UART5 53
#define IRQ_OF_USART6 71

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 102

#endif
