import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { NetworkUse } from '../contract/index.ts';

/**
 * Counts what this program asks the network for, at the one place of Node through which everything goes (HTTP, fetch,
 * WebSockets and TLS all end in a socket's `connect`). Worker threads share the counters. Child processes are not seen
 * here: a test runs the whole in a network namespace that has none.
 */

const LOOPBACK = 0;
const FOREIGN = 1;
const ENVIRONMENT_KEY = 'mcunet.network';
const kept = 20;

const counters = shareCounters();
const latest: { at: number; what: string }[] = [];
const listeners = new Set<(use: NetworkUse) => void>();

/** The same two numbers in every thread: whoever comes first makes them. */
function shareCounters(): Int32Array {
  const given = getEnvironmentData(ENVIRONMENT_KEY) as unknown;
  if (given instanceof SharedArrayBuffer) return new Int32Array(given);
  const memory = new SharedArrayBuffer(8);
  setEnvironmentData(ENVIRONMENT_KEY, memory as unknown as string);
  return new Int32Array(memory);
}

/** What was asked for since the program started. */
export const networkUse = (): NetworkUse => ({
  loopback: Atomics.load(counters, LOOPBACK),
  foreign: Atomics.load(counters, FOREIGN),
  latest: [...latest],
});

/** Calls back after each request that this thread makes. */
export function onNetworkUse(listener: (use: NetworkUse) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a host's name or address is this machine itself. */
export function isLoopback(host: string): boolean {
  const name = host
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:/i, '')
    .toLowerCase();
  return name === 'localhost' || name === '::1' || name === '0.0.0.0' || name === '::' || /^127(\.\d+){3}$/.test(name);
}

function note(verb: string, host: string, port?: unknown): void {
  const foreign = !isLoopback(host);
  Atomics.add(counters, foreign ? FOREIGN : LOOPBACK, 1);
  if (foreign) {
    latest.push({ at: Date.now(), what: `${verb} ${host}${port === undefined ? '' : `:${String(port)}`}` });
    latest.splice(0, latest.length - kept);
  }
  for (const listener of listeners) listener(networkUse());
}

/** A request that a window of ours made for a page elsewhere; it was cancelled, and counts all the same. */
export function noteRefused(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : null;
  note('open in the window', url?.hostname || address.slice(0, 100), url?.port || undefined);
}

interface Target {
  readonly path?: string | null;
  readonly host?: string | null;
  readonly port?: unknown;
}

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or what Node itself hands on: an array of them. */
function targetOf(args: readonly unknown[]): Target {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) return first as Target;
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first };
  return { port: first, ...(typeof second === 'string' ? { host: second } : {}) };
}

/** How many watched calls this one is inside of: a connection looks its host's name up, and is counted once. */
let depth = 0;

/** Puts a count in front of a method; the method itself stays as it was. */
function watch<T extends object>(
  owner: T,
  method: keyof T & string,
  before: (args: readonly unknown[], self: unknown) => void,
): void {
  const original = owner[method] as (...args: unknown[]) => unknown;
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    if (depth === 0) before(args, this);
    depth++;
    try {
      return original.apply(this, args);
    } finally {
      depth--;
    }
  };
  Object.defineProperty(owner, method, { value: watched, configurable: true, writable: true });
}

function watchSockets(): void {
  watch(net.Socket.prototype, 'connect', (args) => {
    const { path, host, port } = targetOf(args);
    // A pipe or a Unix socket never leaves the machine.
    if (typeof path !== 'string' || path === '') note('connect', host ?? 'localhost', port);
  });
  watch(dgram.Socket.prototype, 'connect', (args) =>
    note('send to', typeof args[1] === 'string' ? args[1] : 'localhost', args[0]),
  );
  watch(dgram.Socket.prototype, 'send', (args, self) => {
    // A socket without an address takes one first, and then sends through this very method.
    if (!isBound(self as dgram.Socket)) return;
    const host = args.slice(1).find((value) => typeof value === 'string');
    if (typeof host === 'string') note('send to', host);
  });
}

function isBound(socket: dgram.Socket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}

/** Names that are asked for on their own, without a connection. */
function watchNames(): void {
  for (const owner of [dns.Resolver.prototype, dns.promises.Resolver.prototype, dns, dns.promises]) {
    const methods = owner as unknown as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(owner))
      if (/^(resolve|reverse$|lookup)/.test(name) && typeof methods[name] === 'function')
        watch(methods, name, ([host]) => {
          // Addresses are their own names.
          if (net.isIP(String(host)) === 0) note('resolve', String(host));
        });
  }
}

watchSockets();
watchNames();
// For whoever imports the functions by their names.
syncBuiltinESMExports();
