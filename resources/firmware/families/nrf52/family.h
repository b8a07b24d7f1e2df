/* nRF52832, nRF52833, nRF52840 (their Product Specifications, chapter Instantiation): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_UART0 2

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 48

#endif
