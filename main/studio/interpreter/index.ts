export { InterpreterPool } from './interpreterPool.ts';
