import type { z } from 'zod';
import type { Dispose } from './transport.ts';

/** One question and its answer. `progress` is there where the call reports on its way. */
export interface CallDefinition {
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  readonly progress?: z.ZodType;
}

/** A stream of values, from the moment of listening on. */
export interface EventDefinition {
  readonly params: z.ZodType;
  readonly value: z.ZodType;
}

/** All that a service can be asked: one closed list, with a schema for everything that crosses. */
export interface ServiceDefinition {
  readonly calls: Readonly<Record<string, CallDefinition>>;
  readonly events: Readonly<Record<string, EventDefinition>>;
}

export function defineService<const S extends ServiceDefinition>(service: S): S {
  return service;
}

export type CallName<S extends ServiceDefinition> = keyof S['calls'] & string;
export type EventName<S extends ServiceDefinition> = keyof S['events'] & string;
export type CallParams<S extends ServiceDefinition, N extends CallName<S>> = z.input<S['calls'][N]['params']>;
export type CallResult<S extends ServiceDefinition, N extends CallName<S>> = z.output<S['calls'][N]['result']>;
export type CallProgress<S extends ServiceDefinition, N extends CallName<S>> =
  NonNullable<S['calls'][N]['progress']> extends z.ZodType<infer P> ? P : never;
export type EventParams<S extends ServiceDefinition, N extends EventName<S>> = z.input<S['events'][N]['params']>;
export type EventValue<S extends ServiceDefinition, N extends EventName<S>> = z.output<S['events'][N]['value']>;

/** What a handler is given beside its parameters. */
export interface CallContext<P> {
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
}

/** The service itself, as its host implements it. Parameters come validated. */
export interface ServiceHandlers<S extends ServiceDefinition> {
  readonly calls: {
    readonly [N in CallName<S>]: (
      params: z.output<S['calls'][N]['params']>,
      context: CallContext<CallProgress<S, N>>,
    ) => Promise<z.input<S['calls'][N]['result']>>;
  };
  readonly events: {
    readonly [N in EventName<S>]: (
      params: z.output<S['events'][N]['params']>,
      emit: (value: z.input<S['events'][N]['value']>) => void,
    ) => Dispose;
  };
}

/** The service, as its clients see it, whatever carries it. */
export interface ServiceClient<S extends ServiceDefinition> {
  /** Rejects with a `StudioError`; with the code `cancelled` where the signal stopped it, `contract.closed` where the host went away. */
  call<N extends CallName<S>>(
    name: N,
    params: CallParams<S, N>,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: CallProgress<S, N>) => void },
  ): Promise<CallResult<S, N>>;
  /** `onError` is told once if the subscription was refused or ended by the host. */
  listen<N extends EventName<S>>(
    name: N,
    params: EventParams<S, N>,
    listener: (value: EventValue<S, N>) => void,
    onError?: (error: Error) => void,
  ): Dispose;
  close(): void;
}
