import type { MessagePortMain, UtilityProcess } from 'electron';
import type { Retries } from './retries.ts';

export interface ServiceListeners {
  readonly onMessage: (message: unknown) => void;
  readonly onExit: () => void;
  /** It ended by itself and was started again: the connections to the one before are closed. */
  readonly onRestart: () => void;
  /** It ended by itself too often, and was not started again. */
  readonly onGiveUp: () => void;
}

/** The service's process: forked, and forked again when it ends by itself. */
export class ServiceHost {
  readonly #fork: () => UtilityProcess;
  readonly #retries: Retries;
  readonly #listeners: ServiceListeners;
  #process: UtilityProcess | null = null;
  #leaving = false;

  constructor(fork: () => UtilityProcess, retries: Retries, listeners: ServiceListeners) {
    this.#fork = fork;
    this.#retries = retries;
    this.#listeners = listeners;
    this.#start();
  }

  /** Gives the service its end of a connection; whoever asks for one starts the service where it was given up. */
  connect(port: MessagePortMain): void {
    (this.#process ?? this.#start()).postMessage({ type: 'connect' }, [port]);
  }

  /** Tells the service something, if there is one. */
  tell(message: unknown): void {
    this.#process?.postMessage(message);
  }

  /** The app is being left: the service may end. */
  leave(): void {
    this.#leaving = true;
  }

  #start(): UtilityProcess {
    const started = this.#fork();
    this.#process = started;
    started.on('message', this.#listeners.onMessage);
    // A fatal error of V8; `exit` follows, and unheard it would end the app instead.
    started.on('error', () => undefined);
    started.once('exit', () => this.#exited());
    return started;
  }

  #exited(): void {
    this.#process = null;
    this.#listeners.onExit();
    if (this.#leaving) return;
    if (!this.#retries.allow(performance.now())) return this.#listeners.onGiveUp();
    this.#start();
    this.#listeners.onRestart();
  }
}
