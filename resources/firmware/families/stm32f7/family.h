/* STM32F7 (RM0385 STM32F74x/75x, RM0410 STM32F76x/77x): vector numbers. */
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
#define IRQ_COUNT 110

#endif
