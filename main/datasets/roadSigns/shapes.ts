import { cosine, sine } from '../trigonometry.ts';

/** A point of a sign's plane: the sign fills [−1, 1]², y points down. */
export type Point = readonly [x: number, y: number];

/** Distance of a point to a shape's edge in sign units: negative inside, positive outside. */
export type Shape = (x: number, y: number) => number;

export const disc =
  (centreX: number, centreY: number, radius: number): Shape =>
  (x, y) =>
    Math.sqrt((x - centreX) * (x - centreX) + (y - centreY) * (y - centreY)) - radius;

function squaredDistanceToSegment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const edgeX = bx - ax;
  const edgeY = by - ay;
  const along = ((x - ax) * edgeX + (y - ay) * edgeY) / (edgeX * edgeX + edgeY * edgeY);
  const t = Math.min(1, Math.max(0, along));
  const dx = x - ax - t * edgeX;
  const dy = y - ay - t * edgeY;
  return dx * dx + dy * dy;
}

/** A filled polygon, its corners rounded outwards by `rounding`. */
export function polygon(points: readonly Point[], rounding = 0): Shape {
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const a = points[i];
      const b = points[j];
      nearest = Math.min(nearest, squaredDistanceToSegment(x, y, a, b));
      if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
    }
    return (inside ? -Math.sqrt(nearest) : Math.sqrt(nearest)) - rounding;
  };
}

/** A line through `points` with round ends. */
export function stroke(points: readonly Point[], width: number): Shape {
  return (x, y) => {
    let nearest = Infinity;
    for (let i = 1; i < points.length; i++) {
      nearest = Math.min(nearest, squaredDistanceToSegment(x, y, points[i - 1], points[i]));
    }
    return Math.sqrt(nearest) - width / 2;
  };
}

export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) => {
    let nearest = Infinity;
    for (const shape of shapes) nearest = Math.min(nearest, shape(x, y));
    return nearest;
  };

/** `shape`, moved by (dx, dy) and enlarged by `scale`. */
export const place =
  (shape: Shape, dx: number, dy: number, scale = 1): Shape =>
  (x, y) =>
    shape((x - dx) / scale, (y - dy) / scale) * scale;

/** `shape`, mirrored left to right. */
export const mirror =
  (shape: Shape): Shape =>
  (x, y) =>
    shape(-x, y);

/** A regular polygon's corners on a circle; `firstTurn` is where the first one stands (0 is right, 0.25 is down). */
export const regular = (corners: number, radius: number, firstTurn: number): Point[] =>
  Array.from({ length: corners }, (_, i) => {
    const turn = firstTurn + i / corners;
    return [radius * cosine(turn), radius * sine(turn)];
  });

/** Points of an ellipse's arc from one angle to another, both in turns (0 is right, 0.25 is down). */
export const arc = (
  centre: Point,
  radiusX: number,
  radiusY: number,
  fromTurn: number,
  toTurn: number,
  steps = 10,
): Point[] =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const turn = fromTurn + ((toTurn - fromTurn) * i) / steps;
    return [centre[0] + radiusX * cosine(turn), centre[1] + radiusY * sine(turn)];
  });
