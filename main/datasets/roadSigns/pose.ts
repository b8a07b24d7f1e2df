import type { Random } from '../../core/random/index.ts';
import type { Canvas } from './canvas.ts';
import type { Colour } from './signs.ts';
import type { SignTexture } from './texture.ts';
import { cosine, sine } from '../trigonometry.ts';

/**
 * Where a sign stands before the camera: a 3×3 homography, row by row, that takes a pixel's (x, y, 1) to homogeneous
 * coordinates of the sign's plane.
 */
export interface Pose {
  readonly toSign: readonly number[];
  readonly centreX: number;
  readonly centreY: number;
  /** Half the sign's width in pixels, seen straight on. */
  readonly radius: number;
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

function adjugate([a, b, c, d, e, f, g, h, i]: readonly number[]): number[] {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}

/** A random pose: the sign fills 52 to 88 % of the picture, turned, tilted and off centre, and stays inside. */
export function drawPose(random: Random, size: number): Pose {
  const radius = (size / 2) * between(random, 0.52, 0.88);
  const slack = size / 2 - radius;
  const centreX = size / 2 + between(random, -1, 1) * slack;
  const centreY = size / 2 + between(random, -1, 1) * slack;
  const roll = between(random, -0.035, 0.035) + between(random, -0.025, 0.025);
  // Turned about the vertical axis by up to 45°, about the horizontal one by up to 25°.
  const yaw = between(random, -0.125, 0.125);
  const pitch = between(random, -0.07, 0.07);
  const [c, s] = [cosine(roll), sine(roll)];
  const [width, height] = [cosine(yaw), cosine(pitch)];
  // The camera stands 3.5 sign radii away: what is turned away from it looks smaller.
  const g = sine(yaw) / 3.5;
  const h = sine(pitch) / 3.5;
  const toPixels = [
    radius * c * width + centreX * g,
    -radius * s * height + centreX * h,
    centreX,
    radius * s * width + centreY * g,
    radius * c * height + centreY * h,
    centreY,
    g,
    h,
    1,
  ];
  return { toSign: adjugate(toPixels), centreX, centreY, radius };
}

/** The colours of one sign, aged and faded its own way. */
export interface Livery {
  readonly field: Colour;
  readonly border: Colour;
  readonly ink: Colour;
}

/** Lays the sign over the canvas: two by two looks into the texture for each pixel. */
export function paintSign({ size, pixels }: Canvas, texture: SignTexture, pose: Pose, livery: Livery): void {
  const { coverage, margin, texelsPerUnit } = texture;
  const [a, b, c, d, e, f, g, h, i] = pose.toSign;
  const reach = pose.radius * 1.5;
  const firstRow = Math.max(0, Math.floor(pose.centreY - reach));
  const lastRow = Math.min(size - 1, Math.ceil(pose.centreY + reach));
  const firstColumn = Math.max(0, Math.floor(pose.centreX - reach));
  const lastColumn = Math.min(size - 1, Math.ceil(pose.centreX + reach));
  const { field, border, ink } = livery;
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      let covered = 0;
      let bordered = 0;
      let inked = 0;
      for (let look = 0; look < 4; look++) {
        const x = column + 0.25 + (look & 1) * 0.5;
        const y = row + 0.25 + (look >> 1) * 0.5;
        const depth = 1 / (g * x + h * y + i);
        const u = Math.floor(((a * x + b * y + c) * depth + margin) * texelsPerUnit);
        const v = Math.floor(((d * x + e * y + f) * depth + margin) * texelsPerUnit);
        if (u < 0 || v < 0 || u >= texture.size || v >= texture.size) continue;
        const at = (v * texture.size + u) * 3;
        const cover = coverage[at];
        covered += cover;
        bordered += cover * coverage[at + 1];
        inked += cover * coverage[at + 2];
      }
      if (covered === 0) continue;
      const edge = bordered / (covered * 255);
      const drawn = inked / (covered * 255);
      const opacity = covered / (4 * 255);
      const at = (row * size + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const ground = field[channel] + (border[channel] - field[channel]) * edge;
        const colour = ground + (ink[channel] - ground) * drawn;
        pixels[at + channel] += (colour - pixels[at + channel]) * opacity;
      }
    }
  }
}
