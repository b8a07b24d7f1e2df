import type { z } from 'zod';
import { cancelled, StudioError, toErrorReport, type ErrorReport } from '../errors.ts';
import type { CallContext, CallDefinition, EventDefinition, ServiceDefinition, ServiceHandlers } from './definition.ts';
import { clientMessageSchema, type ClientMessage, type HostMessage } from './messages.ts';
import type { Dispose, MessageTransport } from './transport.ts';
import { describeIssues, issuesOf, parseOwn, parseParams } from './validation.ts';

/** What one client may have open at a time; more is refused, so that no client can exhaust the host. */
export interface HostLimits {
  readonly openCalls: number;
  readonly subscriptions: number;
}

const defaultLimits: HostLimits = { openCalls: 64, subscriptions: 256 };

type AnyCall = (params: unknown, context: CallContext<unknown>) => Promise<unknown>;
type AnyEvent = (params: unknown, emit: (value: unknown) => void) => Dispose;

/**
 * Serves a client at the other end of a transport until either side closes. Everything that comes in is validated, and
 * everything that goes out; what is no message at all closes the transport. When the client goes, its calls are aborted
 * and its subscriptions disposed of.
 */
export function serveClient<S extends ServiceDefinition>(
  service: S,
  handlers: ServiceHandlers<S>,
  transport: MessageTransport,
  limits: HostLimits = defaultLimits,
): Dispose {
  const calls = new Map<number, AbortController>();
  const subscriptions = new Map<number, Dispose>();
  const send = (message: HostMessage): void => transport.send(message);
  const fail = (id: number, thrown: unknown): void => send({ type: 'error', id, error: toErrorReport(thrown) });

  const call = async (id: number, name: string, params: unknown): Promise<void> => {
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      const definition = lookUp<CallDefinition>(service.calls, name, 'call');
      const handler = (handlers.calls as Record<string, AnyCall>)[name];
      if (handler === undefined) throw unknownName('call', name);
      const valid = parseParams(definition.params, params, name);
      const value = await handler(valid, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (definition.progress === undefined || !calls.has(id)) return;
          send({ type: 'progress', id, value: parseOwn(definition.progress, progress, `progress of ${name}`) });
        },
      });
      send({ type: 'result', id, value: parseOwn(definition.result, value, `result of ${name}`) });
    } catch (thrown) {
      fail(id, controller.signal.aborted && !(thrown instanceof StudioError) ? cancelled(name) : thrown);
    } finally {
      calls.delete(id);
    }
  };

  const listen = (id: number, name: string, params: unknown): void => {
    try {
      const definition = lookUp<EventDefinition>(service.events, name, 'event');
      const handler = (handlers.events as Record<string, AnyEvent>)[name];
      if (handler === undefined) throw unknownName('event', name);
      const valid = parseParams(definition.params, params, name);
      subscriptions.set(id, () => undefined);
      const dispose = handler(valid, (value) => {
        if (!subscriptions.has(id)) return;
        send({ type: 'event', id, value: parseOwn(definition.value, value, `value of ${name}`) });
      });
      subscriptions.set(id, dispose);
    } catch (thrown) {
      subscriptions.delete(id);
      fail(id, thrown);
    }
  };

  const read = (message: ClientMessage): void => {
    switch (message.type) {
      case 'call':
      case 'listen':
        if (calls.has(message.id) || subscriptions.has(message.id)) return fail(message.id, idInUse(message.id));
        if (message.type === 'call') {
          if (calls.size >= limits.openCalls) return fail(message.id, tooMany('calls', limits.openCalls));
          void call(message.id, message.name, message.params);
        } else {
          if (subscriptions.size >= limits.subscriptions)
            return fail(message.id, tooMany('subscriptions', limits.subscriptions));
          listen(message.id, message.name, message.params);
        }
        return;
      case 'cancel':
        calls.get(message.id)?.abort(cancelled('the call'));
        return;
      case 'dispose':
        subscriptions.get(message.id)?.();
        subscriptions.delete(message.id);
        return;
    }
  };

  const stop = (): void => {
    for (const controller of calls.values()) controller.abort(cancelled('the call'));
    for (const dispose of subscriptions.values()) dispose();
    subscriptions.clear();
  };

  const offMessage = transport.onMessage((raw) => {
    const parsed = clientMessageSchema.safeParse(raw);
    if (parsed.success) return read(parsed.data);
    send({ type: 'refused', error: noMessage(parsed.error) });
    transport.close();
  });
  const offClose = transport.onClose(stop);
  return () => {
    offMessage();
    offClose();
    stop();
  };
}

/** Own properties only: `constructor` and its like are not names of calls. */
function lookUp<D>(table: Readonly<Record<string, unknown>>, name: string, what: 'call' | 'event'): D {
  if (!Object.hasOwn(table, name)) throw unknownName(what, name);
  return table[name] as D;
}

const unknownName = (what: 'call' | 'event', name: string): StudioError =>
  new StudioError({
    code: `contract.unknown-${what}`,
    message: `This version of MCUNet Studio has no ${what} named ${JSON.stringify(name.slice(0, 100))}.`,
    remedy: 'Reload the window, so that it and the service are of one version.',
  });

const idInUse = (id: number): StudioError =>
  new StudioError({
    code: 'contract.id-in-use',
    message: `The id ${id} names a call or subscription that is still open.`,
    remedy: 'Use a fresh id for each call and subscription.',
  });

const tooMany = (what: string, limit: number): StudioError =>
  new StudioError({
    code: 'contract.too-many',
    message: `More than ${limit} ${what} are open at once.`,
    remedy: `Wait until some of the ${what} have ended, then ask again.`,
    details: { limit },
  });

const noMessage = (error: z.ZodError): ErrorReport => ({
  code: 'contract.no-message',
  message: `Something arrived that is no message of the service: ${describeIssues(error)}.`,
  remedy: 'Reload the window, so that it and the service are of one version.',
  details: { issues: issuesOf(error) },
});
