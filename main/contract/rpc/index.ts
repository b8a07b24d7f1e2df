export * from './client.ts';
export * from './definition.ts';
export { serveClient, type HostLimits } from './host.ts';
export { decodeMessage, encodeMessage } from './json.ts';
export * from './transport.ts';
export * from './socket.ts';
export { describeIssues } from './validation.ts';
