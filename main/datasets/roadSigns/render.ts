import { createRandom, type Random } from '../../core/random/index.ts';
import { addNoise, blur, drawNoise, light } from './camera.ts';
import { type Canvas, createCanvas } from './canvas.ts';
import { compress } from './jpeg.ts';
import { drawPose, type Livery, paintSign } from './pose.ts';
import { paintOccluder, paintPost, paintScene } from './scene.ts';
import { sampleSeed } from '../sampleSeed.ts';
import { type Colour, type Sign, signs } from './signs.ts';
import { drawTexture, type SignTexture } from './texture.ts';

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

/** A colour after some years outside: a little paler, a little off. */
function age([red, green, blue]: Colour, fade: number, random: Random): Colour {
  const grey = (red + green + blue) / 3;
  const off = () => between(random, -14, 14);
  return [
    red + (grey + 40 - red) * fade + off(),
    green + (grey + 40 - green) * fade + off(),
    blue + (grey + 40 - blue) * fade + off(),
  ];
}

function drawLivery(sign: Sign, random: Random): Livery {
  const fade = random.next() * random.next() * 0.45;
  return {
    field: age(sign.field, fade, random),
    border: age(sign.border, fade, random),
    ink: age(sign.ink, fade, random),
  };
}

export interface RoadSignRenderer {
  /** Writes picture `index` of class `label`, size × size × RGB bytes, into `target`. The same arguments give the same bytes. */
  render(index: number, label: number, target: Uint8Array): void;
}

/** Draws road signs in the streets, `size` pixels square (32 … 224), as `seed` wants them. */
export function createRenderer(size: number, seed: number): RoadSignRenderer {
  const canvas: Canvas = createCanvas(size);
  const textureSize = 2 ** Math.ceil(Math.log2(size * 2));
  const textures = new Map<number, SignTexture>();
  const noise = drawNoise(createRandom(0x5eed), 1 << 14);

  const textureOf = (label: number): SignTexture => {
    const texture = textures.get(label) ?? drawTexture(signs[label], textureSize);
    textures.set(label, texture);
    return texture;
  };

  return {
    render(index, label, target) {
      const random = createRandom(sampleSeed(seed, index));
      paintScene(canvas, random);
      const pose = drawPose(random, size);
      if (random.next() < 0.6) paintPost(canvas, random, pose.centreX, pose.centreY);
      paintSign(canvas, textureOf(label), pose, drawLivery(signs[label], random));
      if (random.next() < 0.3) paintOccluder(canvas, random, pose.centreX, pose.centreY, pose.radius);
      light(canvas, random);
      blur(canvas, random);
      addNoise(canvas, random, noise);
      if (random.next() < 0.35) compress(canvas, between(random, 4, 22));
      const { pixels } = canvas;
      for (let i = 0; i < pixels.length; i++) {
        const value = pixels[i];
        target[i] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
      }
    },
  };
}
