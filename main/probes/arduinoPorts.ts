import { SerialPort } from 'serialport';
import type { SystemView } from '../boards/index.ts';
import { openSerialStream } from '../link/index.ts';
import type { BossaPorts } from './bossa/bossaProbe.ts';

const arduinoVendor = 0x2341;
const bootloaderRate = 230_400;

/** The serial ports of an Arduino: those of the sketch, and that of the bootloader, told apart by their USB product ids. */
export function arduinoPorts(
  system: SystemView,
  bootloaderProductIds: readonly number[],
  manualPath?: string,
): BossaPorts {
  const find = async (isBootloader: boolean): Promise<string | null> => {
    const ports = (await system.serialPorts()).filter((port) => port.vendorId === arduinoVendor);
    const wanted = ports.find(({ productId }) => bootloaderProductIds.includes(productId ?? -1) === isBootloader);
    return wanted?.path ?? null;
  };
  return {
    sketch: async () => manualPath ?? (await find(false)),
    bootloader: () => find(true),
    touch: (path) =>
      new Promise((resolve, reject) => {
        const port = new SerialPort({ path, baudRate: 1200, autoOpen: false });
        port.open((error) => {
          if (error) reject(error);
          // The board leaves the bus as soon as it is closed; that this ends with an error is expected.
          else
            port.close(() => {
              resolve();
            });
        });
      }),
    open: (path) => openSerialStream(path, bootloaderRate),
  };
}
