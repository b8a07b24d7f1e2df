/** The service and the window on the loopback interface: a headless lab bench, and browser tests. */
export { startServer, type RunningServer, type ServerOptions } from './server.ts';
export { defaultSocketLimits, type SocketLimits } from './socketTransport.ts';
