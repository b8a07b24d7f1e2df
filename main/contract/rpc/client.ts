import { cancelled, StudioError, type ErrorReport } from '../errors.ts';
import type {
  CallDefinition,
  EventDefinition,
  ServiceClient,
  ServiceDefinition,
  ServiceHandlers,
} from './definition.ts';
import { hostMessageSchema, type ClientMessage, type HostMessage } from './messages.ts';
import type { Dispose, MessageTransport } from './transport.ts';
import { parseOwn, parseParams } from './validation.ts';

interface OpenCall {
  readonly definition: CallDefinition;
  readonly name: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: unknown) => void) | undefined;
}

interface Subscription {
  readonly definition: EventDefinition;
  readonly name: string;
  readonly listener: (value: unknown) => void;
  readonly onError: ((error: Error) => void) | undefined;
}

/** The service at the other end of a transport. What arrives is validated before anybody sees it. */
export function connectService<S extends ServiceDefinition>(service: S, transport: MessageTransport): ServiceClient<S> {
  const calls = new Map<number, OpenCall>();
  const subscriptions = new Map<number, Subscription>();
  let nextId = 0;
  let closed: StudioError | null = null;
  const send = (message: ClientMessage): void => transport.send(message);

  const end = (error: StudioError): void => {
    closed ??= error;
    for (const call of calls.values()) call.reject(closed);
    for (const { onError } of subscriptions.values()) onError?.(closed);
    calls.clear();
    subscriptions.clear();
  };

  const readForCall = (call: OpenCall, message: HostMessage & { id: number }): void => {
    if (message.type === 'progress') {
      const { progress } = call.definition;
      if (progress !== undefined) call.onProgress?.(parseOwn(progress, message.value, `progress of ${call.name}`));
      return;
    }
    calls.delete(message.id);
    if (message.type === 'error') call.reject(toError(message.error));
    else if (message.type === 'result') {
      try {
        call.resolve(parseOwn(call.definition.result, message.value, `result of ${call.name}`));
      } catch (error) {
        call.reject(error as Error);
      }
    }
  };

  transport.onMessage((raw) => {
    const parsed = hostMessageSchema.safeParse(raw);
    if (!parsed.success) {
      end(lost('it answered with something that is no message'));
      transport.close();
      return;
    }
    const message = parsed.data;
    if (message.type === 'refused') return end(toError(message.error));
    const call = calls.get(message.id);
    if (call !== undefined) return readForCall(call, message);
    const subscription = subscriptions.get(message.id);
    if (subscription === undefined) return;
    if (message.type === 'error') {
      subscriptions.delete(message.id);
      subscription.onError?.(toError(message.error));
    } else if (message.type === 'event') {
      let value: unknown;
      try {
        value = parseOwn(subscription.definition.value, message.value, `value of ${subscription.name}`);
      } catch (error) {
        subscriptions.delete(message.id);
        send({ type: 'dispose', id: message.id });
        subscription.onError?.(error as Error);
        return;
      }
      subscription.listener(value);
    }
  });
  transport.onClose(() => end(lost('the connection closed')));

  return {
    call(name, params, options = {}) {
      return new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed);
        if (options.signal?.aborted === true) return reject(cancelled(name));
        const definition = service.calls[name] as CallDefinition;
        const id = nextId++;
        const cancel = (): void => send({ type: 'cancel', id });
        options.signal?.addEventListener('abort', cancel, { once: true });
        const settle = (): void => options.signal?.removeEventListener('abort', cancel);
        calls.set(id, {
          definition,
          name,
          resolve: (value) => {
            settle();
            resolve(value as never);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
          onProgress: options.onProgress as ((value: unknown) => void) | undefined,
        });
        send({ type: 'call', id, name, params });
      });
    },
    listen(name, params, listener, onError) {
      if (closed !== null) {
        onError?.(closed);
        return () => undefined;
      }
      const definition = service.events[name] as EventDefinition;
      const id = nextId++;
      subscriptions.set(id, { definition, name, listener: listener as (value: unknown) => void, onError });
      send({ type: 'listen', id, name, params });
      return () => {
        if (subscriptions.delete(id)) send({ type: 'dispose', id });
      };
    },
    close() {
      transport.close();
      end(lost('this side closed the connection'));
    },
  };
}

/** The service in this very process: no transport, the same validation. */
export function directClient<S extends ServiceDefinition>(service: S, handlers: ServiceHandlers<S>): ServiceClient<S> {
  const open = new Set<Dispose>();
  return {
    async call(name, params, options = {}) {
      const definition = service.calls[name] as CallDefinition;
      const valid = parseParams(definition.params, params, name);
      const handler = handlers.calls[name] as (params: unknown, context: unknown) => Promise<unknown>;
      const value = await handler(valid, {
        signal: options.signal ?? new AbortController().signal,
        onProgress: options.onProgress ?? ((): void => undefined),
      });
      return parseOwn(definition.result, value, `result of ${name}`) as never;
    },
    listen(name, params, listener, onError) {
      const definition = service.events[name] as EventDefinition;
      try {
        const valid = parseParams(definition.params, params, name);
        const handler = handlers.events[name] as (params: unknown, emit: (value: unknown) => void) => Dispose;
        const dispose = handler(valid, (value) =>
          listener(parseOwn(definition.value, value, `value of ${name}`) as never),
        );
        open.add(dispose);
        return () => {
          if (open.delete(dispose)) dispose();
        };
      } catch (error) {
        onError?.(error as Error);
        return () => undefined;
      }
    },
    close() {
      for (const dispose of open) dispose();
      open.clear();
    },
  };
}

function toError(report: ErrorReport): StudioError {
  return new StudioError({ ...report, details: { ...report.details } });
}

const lost = (why: string): StudioError =>
  new StudioError({
    code: 'contract.closed',
    message: `The service of MCUNet Studio cannot be reached: ${why}.`,
    remedy:
      'Connect again, or reload the window. A run that was interrupted goes on from its finished steps when asked to.',
  });
