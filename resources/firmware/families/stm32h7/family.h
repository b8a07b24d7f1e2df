/* STM32H7 with one core (RM0433 STM32H743/753, RM0468 STM32H72x/73x): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_USART1 37
#define IRQ_OF_USART2 38
#define IRQ_OF_USART3 39

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 163

#endif
