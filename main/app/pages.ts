import { pageFile, pageHeaders } from '../processes/index.ts';
import { isOwnAddress } from './security.ts';

const headers = pageHeaders();
const refuse = (status: number): Response => new Response(null, { status, headers });

/** Answers the page's own requests from `folder`; a path that leads out of it, by dots or links, is not found. */
export async function servePage(folder: string, address: string): Promise<Response> {
  if (!isOwnAddress(address)) return refuse(403);
  const found = await pageFile(folder, new URL(address).pathname);
  if (found === null) return refuse(404);
  return new Response(new Uint8Array(found.bytes), { headers: { ...headers, 'content-type': found.type } });
}
