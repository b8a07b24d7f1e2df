/* STM32U5 (RM0456 STM32U575/585), TrustZone off as delivered: vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_USART1 61

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 125

#endif
