/** The upper half of code page 437, which zips use for names unless they say UTF-8 (APPNOTE.TXT, appendix D). */
const codePage437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const SAYS_UTF8 = 1 << 11;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** An entry's name. Many archivers write UTF-8 without saying so: what is valid as UTF-8 is taken for it. */
export function decodeName(bytes: Uint8Array, flags: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    if ((flags & SAYS_UTF8) !== 0) return new TextDecoder().decode(bytes);
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : codePage437[byte - 128])).join('');
  }
}
