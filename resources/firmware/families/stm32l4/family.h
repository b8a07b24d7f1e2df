/* STM32L4 (RM0351): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_USART1 37
#define IRQ_OF_USART2 38
#define IRQ_OF_USART3 39
#define IRQ_OF_LPUART1 70

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 82

#endif
