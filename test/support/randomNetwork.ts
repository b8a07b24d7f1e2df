export { randomNetwork } from '../../main/core/engine/index.ts';
