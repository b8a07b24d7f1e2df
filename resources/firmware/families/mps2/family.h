/* Arm MPS2 with a Cortex-M FPGA image (application notes AN386, AN500): vector numbers. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board_config.h"

#define IRQ_OF_UART0 0 /* its receive interrupt */

#define UART_IRQ BOARD_UART(IRQ_OF_)
#define IRQ_COUNT 32

#endif
