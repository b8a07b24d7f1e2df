import { StudioError } from '../../main/contract/index.ts';
import recorderUrl from './recorder.worklet.ts?worker&url';
import { encodeWav } from './wav.ts';

/** A camera that is on: what it sees, and single pictures of it. */
export interface Camera {
  readonly stream: MediaStream;
  /** What it sees now, as a PNG file: nothing is lost on the way to the network. */
  grab(): Promise<Uint8Array>;
  close(): void;
}

/** A microphone that is on. */
export interface Microphone {
  /** The last so many seconds as a WAV file; shorter where it has not been on for so long. */
  last(seconds: number): Uint8Array;
  /** How long it has been listening, up to what is kept. */
  heardSeconds(): number;
  /** The loudest of the last tenth of a second, 0 … 1. */
  level(): number;
  close(): void;
}

/** Larger pictures are not wanted: no network here takes so many pixels. */
const wantedWidth = 640;
const wantedHeight = 480;
/** Seconds of sound that are kept. */
const keptSeconds = 10;

/** @throws StudioError `media.forbidden`, `media.none`, `media.busy`, `media.failed` */
export async function openCamera(): Promise<Camera> {
  const stream = await ask({ video: { width: { ideal: wantedWidth }, height: { ideal: wantedHeight } } }, 'camera');
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement('canvas');
  return {
    stream,
    async grab() {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext('2d', { willReadFrequently: true })?.drawImage(video, 0, 0);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
      if (blob === null) throw failed('camera', 'it gave no picture');
      return new Uint8Array(await blob.arrayBuffer());
    },
    close() {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

/** @throws StudioError `media.forbidden`, `media.none`, `media.busy`, `media.failed` */
export async function openMicrophone(): Promise<Microphone> {
  // The browser's own improvements would make another sound of it than the one that the network was trained on.
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await ask({ audio: plain }, 'microphone');
  const context = new AudioContext();
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(recorderUrl);
    const recorder = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(recorder);
    const ring = new Ring(Math.round(keptSeconds * context.sampleRate));
    recorder.port.onmessage = (event: MessageEvent<Float32Array>) => ring.push(event.data);
    await context.resume();
    return {
      last: (seconds) => encodeWav(ring.last(Math.round(seconds * context.sampleRate)), context.sampleRate),
      heardSeconds: () => ring.length / context.sampleRate,
      level: () =>
        ring.last(Math.round(0.1 * context.sampleRate)).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      close: stop,
    };
  } catch (error) {
    stop();
    throw failed('microphone', error instanceof Error ? error.message : String(error));
  }
}

/** The last samples, the oldest overwritten first. */
class Ring {
  readonly #samples: Float32Array;
  #at = 0;
  length = 0;

  constructor(size: number) {
    this.#samples = new Float32Array(size);
  }

  push(block: Float32Array): void {
    for (const value of block) {
      this.#samples[this.#at] = value;
      this.#at = (this.#at + 1) % this.#samples.length;
    }
    this.length = Math.min(this.#samples.length, this.length + block.length);
  }

  last(count: number): Float32Array {
    const have = Math.min(count, this.length);
    const size = this.#samples.length;
    return Float32Array.from({ length: have }, (_, i) => this.#samples[(this.#at - have + i + size) % size]);
  }
}

type Device = 'camera' | 'microphone';

async function ask(constraints: MediaStreamConstraints, device: Device): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    throw explain(device, error);
  }
}

function explain(device: Device, error: unknown): StudioError {
  const name = error instanceof DOMException ? error.name : '';
  const details = { device, name, answer: error instanceof Error ? error.message : String(error) };
  if (name === 'NotAllowedError')
    return new StudioError({
      code: 'media.forbidden',
      message: `This window may not use the ${device}: it was not allowed.`,
      remedy: `Allow the ${device} for this window in the browser’s or the system’s settings, then start again.`,
      details,
    });
  if (name === 'NotFoundError' || name === 'OverconstrainedError')
    return new StudioError({
      code: 'media.none',
      message: `This computer has no ${device}.`,
      remedy: `Plug a ${device} in, or show files or the dataset’s samples instead.`,
      details,
    });
  if (name === 'NotReadableError')
    return new StudioError({
      code: 'media.busy',
      message: `The ${device} cannot be read: another program may be using it.`,
      remedy: 'Close the other program and start again.',
      details,
    });
  return failed(device, details.answer);
}

const failed = (device: Device, why: string): StudioError =>
  new StudioError({
    code: 'media.failed',
    message: `The ${device} stopped: ${why}.`,
    remedy: 'Start it again; if it happens again, unplug it and plug it in.',
    details: { device },
  });
