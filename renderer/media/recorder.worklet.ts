// Runs on the audio thread: hands every block of the microphone's first channel to the page.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

class Recorder extends AudioWorkletProcessor {
  process([[channel]]: readonly (readonly Float32Array[])[]): boolean {
    // The block is used again by the browser: it gets a copy.
    if (channel !== undefined) this.port.postMessage(channel.slice());
    return true;
  }
}

registerProcessor('recorder', Recorder);
