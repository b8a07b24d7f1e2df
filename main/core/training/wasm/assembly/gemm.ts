// Matrix products in tiles of registers. Row-major; column counts are multiples of four.
//
// A tile of six rows by eight columns keeps twelve sums, two vectors of B and one number of A in fifteen registers, all
// that V8 has to give on x64: with fused multiply-adds it runs at 97 % of what the core can do. Without them each product
// needs a register of its own, and five rows are fastest (six spill, and lose a third). The tiles are exported, because
// an optimizer that inlines them into their one caller makes them spill again.
import { fma, zeros } from './simd';

/** Rows of a tile; bands of rows should be multiples of it. */
// @ts-ignore: decorator
@inline
const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

export function tile6x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros(), c01 = zeros();
  let c10 = zeros(), c11 = zeros();
  let c20 = zeros(), c21 = zeros();
  let c30 = zeros(), c31 = zeros();
  let c40 = zeros(), c41 = zeros();
  let c50 = zeros(), c51 = zeros();
  let a1 = a + lda;
  let a2 = a + 2 * lda;
  let a3 = a + 3 * lda;
  let a4 = a + 4 * lda;
  let a5 = a + 5 * lda;
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    x = v128.load32_splat(a5);
    c50 = fma(x, b0, c50);
    c51 = fma(x, b1, c51);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldb;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldb;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldb;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldb;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldb;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

export function tile6x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros();
  let c10 = zeros();
  let c20 = zeros();
  let c30 = zeros();
  let c40 = zeros();
  let c50 = zeros();
  let a1 = a + lda;
  let a2 = a + 2 * lda;
  let a3 = a + 3 * lda;
  let a4 = a + 4 * lda;
  let a5 = a + 5 * lda;
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a1);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a2);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a3);
    c30 = fma(x, b0, c30);
    x = v128.load32_splat(a4);
    c40 = fma(x, b0, c40);
    x = v128.load32_splat(a5);
    c50 = fma(x, b0, c50);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldb;
  v128.store(c, c10);
  c += ldb;
  v128.store(c, c20);
  c += ldb;
  v128.store(c, c30);
  c += ldb;
  v128.store(c, c40);
  c += ldb;
  v128.store(c, c50);
}

export function tile5x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros(), c01 = zeros();
  let c10 = zeros(), c11 = zeros();
  let c20 = zeros(), c21 = zeros();
  let c30 = zeros(), c31 = zeros();
  let c40 = zeros(), c41 = zeros();
  let a1 = a + lda;
  let a2 = a + 2 * lda;
  let a3 = a + 3 * lda;
  let a4 = a + 4 * lda;
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldb;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldb;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldb;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldb;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

export function tile5x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros();
  let c10 = zeros();
  let c20 = zeros();
  let c30 = zeros();
  let c40 = zeros();
  let a1 = a + lda;
  let a2 = a + 2 * lda;
  let a3 = a + 3 * lda;
  let a4 = a + 4 * lda;
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a1);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a2);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a3);
    c30 = fma(x, b0, c30);
    x = v128.load32_splat(a4);
    c40 = fma(x, b0, c40);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldb;
  v128.store(c, c10);
  c += ldb;
  v128.store(c, c20);
  c += ldb;
  v128.store(c, c30);
  c += ldb;
  v128.store(c, c40);
}

export function tile1x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros(), c01 = zeros();
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    a += 4;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
}

export function tile1x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let c00 = zeros();
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    a += 4;
    b += ldb;
  }
  v128.store(c, c00);
}

/** C[m, n] = A[m, k] · B[k, n]. */
export function multiply(a: usize, b: usize, c: usize, m: i32, k: i32, n: i32): void {
  const lda = (<usize>k) << 2;
  const ldb = (<usize>n) << 2;
  for (; m >= ROWS; m -= ROWS, a += ROWS * lda, c += ROWS * ldb) {
    let j: usize = 0;
    for (; j + 32 <= ldb; j += 32) {
      if (ASC_FEATURE_RELAXED_SIMD) tile6x8(a, lda, b + j, ldb, c + j, k);
      else tile5x8(a, lda, b + j, ldb, c + j, k);
    }
    if (j < ldb) {
      if (ASC_FEATURE_RELAXED_SIMD) tile6x4(a, lda, b + j, ldb, c + j, k);
      else tile5x4(a, lda, b + j, ldb, c + j, k);
    }
  }
  for (; m > 0; m--, a += lda, c += ldb) {
    let j: usize = 0;
    for (; j + 32 <= ldb; j += 32) tile1x8(a, lda, b + j, ldb, c + j, k);
    if (j < ldb) tile1x4(a, lda, b + j, ldb, c + j, k);
  }
}

export function outer6x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  p += ldb;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  p += ldb;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  p += ldb;
  let c30 = v128.load(p);
  let c31 = v128.load(p, 16);
  p += ldb;
  let c40 = v128.load(p);
  let c41 = v128.load(p, 16);
  p += ldb;
  let c50 = v128.load(p);
  let c51 = v128.load(p, 16);
  for (; m > 0; m--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = fma(x, b0, c50);
    c51 = fma(x, b1, c51);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldb;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldb;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldb;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldb;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldb;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

export function outer6x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  p += ldb;
  let c10 = v128.load(p);
  p += ldb;
  let c20 = v128.load(p);
  p += ldb;
  let c30 = v128.load(p);
  p += ldb;
  let c40 = v128.load(p);
  p += ldb;
  let c50 = v128.load(p);
  for (; m > 0; m--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    x = v128.load32_splat(a, 16);
    c40 = fma(x, b0, c40);
    x = v128.load32_splat(a, 20);
    c50 = fma(x, b0, c50);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldb;
  v128.store(c, c10);
  c += ldb;
  v128.store(c, c20);
  c += ldb;
  v128.store(c, c30);
  c += ldb;
  v128.store(c, c40);
  c += ldb;
  v128.store(c, c50);
}

export function outer5x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  p += ldb;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  p += ldb;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  p += ldb;
  let c30 = v128.load(p);
  let c31 = v128.load(p, 16);
  p += ldb;
  let c40 = v128.load(p);
  let c41 = v128.load(p, 16);
  for (; m > 0; m--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldb;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldb;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldb;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldb;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

export function outer5x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  p += ldb;
  let c10 = v128.load(p);
  p += ldb;
  let c20 = v128.load(p);
  p += ldb;
  let c30 = v128.load(p);
  p += ldb;
  let c40 = v128.load(p);
  for (; m > 0; m--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    x = v128.load32_splat(a, 16);
    c40 = fma(x, b0, c40);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldb;
  v128.store(c, c10);
  c += ldb;
  v128.store(c, c20);
  c += ldb;
  v128.store(c, c30);
  c += ldb;
  v128.store(c, c40);
}

export function outer4x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  p += ldb;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  p += ldb;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  p += ldb;
  let c30 = v128.load(p);
  let c31 = v128.load(p, 16);
  for (; m > 0; m--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldb;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldb;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldb;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

export function outer4x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  p += ldb;
  let c10 = v128.load(p);
  p += ldb;
  let c20 = v128.load(p);
  p += ldb;
  let c30 = v128.load(p);
  for (; m > 0; m--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30);
    a += lda;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldb;
  v128.store(c, c10);
  c += ldb;
  v128.store(c, c20);
  c += ldb;
  v128.store(c, c30);
}

/** How many of the `k` rows that remain the next tile takes, so that in the end all were taken. */
// @ts-ignore: decorator
@inline
function outerRows(k: i32): i32 {
  // k starts as a multiple of four. Six as long as fours can take the rest; or fives, by fours of tiles.
  if (ASC_FEATURE_RELAXED_SIMD) return k >= 6 && k !== 8 ? 6 : 4;
  return k >= 20 || k % 4 !== 0 ? 5 : 4;
}

/** C[k, n] += A[m, k]ᵀ · B[m, n]; k is a multiple of four. */
export function multiplyTransposed(a: usize, b: usize, c: usize, m: i32, k: i32, n: i32): void {
  const lda = (<usize>k) << 2;
  const ldb = (<usize>n) << 2;
  while (k > 0) {
    const rows = outerRows(k);
    let j: usize = 0;
    for (; j + 32 <= ldb; j += 32) {
      if (rows === 4) outer4x8(a, lda, b + j, ldb, c + j, m);
      else if (ASC_FEATURE_RELAXED_SIMD) outer6x8(a, lda, b + j, ldb, c + j, m);
      else outer5x8(a, lda, b + j, ldb, c + j, m);
    }
    if (j < ldb) {
      if (rows === 4) outer4x4(a, lda, b + j, ldb, c + j, m);
      else if (ASC_FEATURE_RELAXED_SIMD) outer6x4(a, lda, b + j, ldb, c + j, m);
      else outer5x4(a, lda, b + j, ldb, c + j, m);
    }
    k -= rows;
    a += (<usize>rows) << 2;
    c += (<usize>rows) * ldb;
  }
}
