/** Messages as JSON text, for transports that carry text: a Uint8Array becomes `{ "$bytes": base64 }` and back. */
const tag = '$bytes';

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  const chunk = 0x8000;
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [tag]: toBase64(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}

export function encodeMessage(message: unknown): string {
  return JSON.stringify(plain(message));
}

/** @throws SyntaxError where the text is no JSON, or claims bytes that are no base64 */
export function decodeMessage(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, tag)) return value;
    const encoded = (value as Record<string, unknown>)[tag];
    if (typeof encoded !== 'string') throw new SyntaxError(`${tag} is no text`);
    try {
      return fromBase64(encoded);
    } catch {
      throw new SyntaxError(`${tag} is no base64`);
    }
  });
}
