import { StudioError } from '../contract/index.ts';

/** Which probe is meant, in a form that can be typed and that finds the same one again. */
export type ProbeSelector =
  | { readonly kind: 'qemu'; readonly boardId: string }
  /** A probe on USB, by its serial number; how it is driven is ours to choose, unless `through` says it. */
  | { readonly kind: 'usb'; readonly serial: string; readonly through: 'openocd' | null }
  | { readonly kind: 'drive'; readonly path: string }
  /** A probe that ST's stlink-server shares on this machine, by TCP port and serial number. */
  | { readonly kind: 'stlink-server'; readonly port: number; readonly serial: string };

/**
 * Reads `qemu:ID`, `stlink:SERIAL`, `jlink:SERIAL`, `daplink:SERIAL`, `arduino:SERIAL`, `openocd:SERIAL`, `drive:PATH` or
 * `stlink-server:PORT/SERIAL`.
 * @throws StudioError `probe.bad-selector`
 */
export function parseSelector(text: string): ProbeSelector {
  const at = text.indexOf(':');
  const [kind, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && rest !== '') {
    if (kind === 'qemu') return { kind, boardId: rest };
    if (kind === 'drive') return { kind, path: rest };
    if (kind === 'openocd') return { kind: 'usb', serial: rest, through: 'openocd' };
    if (/^(stlink|jlink|daplink|arduino|arduino-bootloader)$/.test(kind))
      return { kind: 'usb', serial: rest, through: null };
    const shared = /^(\d{1,5})\/(\w+)$/.exec(rest);
    if (kind === 'stlink-server' && shared !== null) {
      return { kind, port: Number(shared[1]), serial: shared[2] ?? '' };
    }
  }
  throw new StudioError({
    code: 'probe.bad-selector',
    message: `"${text}" does not name a probe.`,
    remedy: 'Write it as `mcunet boards` shows it, for example stlink:066DFF303430484257123456.',
    details: { text },
  });
}
