/* nRF5340, application core (nRF5340 Product Specification v1.4, chapter Instantiation): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_UART0 8

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 69

#endif
