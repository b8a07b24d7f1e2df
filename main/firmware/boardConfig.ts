import type { Board } from '../boards/index.ts';

/** What the image is built with besides the board. */
export interface ConfigOptions {
  /** Largest payload of a frame; costs the board twice as many bytes of SRAM. */
  readonly payloadBytes: number;
  /** Eight bytes that name this very image, in hexadecimal. */
  readonly buildId: string;
}

const port = (name: string): string => `PORT_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
const ports = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K'];

/** `board_config.h`: the board file in the firmware's words. */
export function boardConfigHeader(board: Board, options: ConfigOptions): string {
  const { uart, led, clockTree } = board;
  const define = (name: string, value: string | number): string => `#define ${name} ${value}`;
  const pinLines = (name: string, pin: Board['uart']['tx']): string[] => [
    define(`${name}_PORT`, port(pin.port)),
    define(`${name}_PIN`, pin.pin),
    define(`${name}_ALTERNATE`, pin.alternate ?? 0),
  ];
  const id = (options.buildId.match(/../g) ?? []).map((byte) => `\\x${byte}`).join('');
  return [
    `/* Generated from the board file of ${board.id}. */`,
    '#ifndef BOARD_CONFIG_H',
    '#define BOARD_CONFIG_H',
    ...ports.map((name, index) => define(port(name), index)),
    define('PORT_0', 0),
    define('PORT_1', 1),
    define('PORT_FPGA', 0),
    define('BOARD_ID', `"${board.id}"`),
    define('BUILD_ID', `"${id}"`),
    define('BOARD_CLOCK_HZ', `${board.clockHz}u`),
    define('BOARD_CLOCK_CRYSTAL', clockTree?.source === 'crystal' ? 1 : 0),
    define('BOARD_CLOCK_BYPASS', clockTree?.source === 'bypass' ? 1 : 0),
    define('BOARD_CLOCK_SOURCE_HZ', `${clockTree?.sourceHz ?? board.clockHz}u`),
    ...Object.entries(clockTree?.settings ?? {}).map(([name, value]) => define(`CLOCK_${name}`, value)),
    `#define BOARD_UART(prefix) prefix##${uart.instance}`,
    ...pinLines('BOARD_UART_TX', uart.tx),
    ...pinLines('BOARD_UART_RX', uart.rx),
    define('BOARD_LED', led === null ? 0 : 1),
    ...(led === null
      ? []
      : [
          define('BOARD_LED_PORT', port(led.port)),
          define('BOARD_LED_PIN', led.pin),
          define('BOARD_LED_ACTIVE_LOW', led.activeLow ? 1 : 0),
        ]),
    // Every link starts at the slowest rate that the board lists and is raised by agreement.
    define('LINK_BAUD', `${Math.min(...uart.baudRates)}u`),
    define('LINK_PAYLOAD_BYTES', options.payloadBytes),
    '#endif',
    '',
  ].join('\n');
}

/** The compiler's flags for the board's core. */
export function machineFlags(board: Board): readonly string[] {
  const float = board.fpu === 'none' ? ['-mfloat-abi=soft'] : [`-mfpu=${board.fpu}`, '-mfloat-abi=hard'];
  return [`-mcpu=${board.core}`, '-mthumb', ...float];
}
