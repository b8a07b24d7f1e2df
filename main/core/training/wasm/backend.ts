import type { Architecture } from '../../architecture/index.ts';
import type { TrainableNetwork, TrainingBackend } from '../backend.ts';
import { Arena } from './arena.ts';
import { bestBuild, instantiateKernels, type KernelBuild } from './kernels.ts';
import { WasmNetwork } from './wasmNetwork.ts';

/**
 * The default backend: SIMD kernels in WebAssembly, which run wherever this program runs.
 *
 * @param build for tests and benchmarks; the fastest that the engine accepts where absent
 */
export function createWasmBackend(build: KernelBuild = bestBuild()): TrainingBackend {
  return {
    name: 'wasm',
    compile(architecture: Architecture, batch: number, reuse?: TrainableNetwork, rounded = false): TrainableNetwork {
      if (reuse instanceof WasmNetwork) {
        reuse.arena.reset();
        return new WasmNetwork(architecture, batch, reuse.arena, reuse.kernels, rounded);
      }
      const arena = new Arena();
      return new WasmNetwork(architecture, batch, arena, instantiateKernels(arena.memory, build), rounded);
    },
  };
}
