// Matrix products in tiles of registers: six rows by eight columns fill twelve of sixteen vector registers with sums,
// so that each loaded number is used twelve or more times. Row-major; column counts are multiples of four.
import { fma, zeros } from './simd';

// @ts-ignore: decorator
@inline
function tile6x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let c00 = zeros(), c01 = zeros();
  let c10 = zeros(), c11 = zeros();
  let c20 = zeros(), c21 = zeros();
  let c30 = zeros(), c31 = zeros();
  let c40 = zeros(), c41 = zeros();
  let c50 = zeros(), c51 = zeros();
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(a + lda);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(a + 2 * lda);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(a + 3 * lda);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load32_splat(a + 4 * lda);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    x = v128.load32_splat(a + 5 * lda);
    c50 = fma(x, b0, c50);
    c51 = fma(x, b1, c51);
    a += 4;
    b += ldb;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldc;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

// @ts-ignore: decorator
@inline
function tile6x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let c00 = zeros();
  let c10 = zeros();
  let c20 = zeros();
  let c30 = zeros();
  let c40 = zeros();
  let c50 = zeros();
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00);
    x = v128.load32_splat(a + lda);
    c10 = fma(x, b0, c10);
    x = v128.load32_splat(a + 2 * lda);
    c20 = fma(x, b0, c20);
    x = v128.load32_splat(a + 3 * lda);
    c30 = fma(x, b0, c30);
    x = v128.load32_splat(a + 4 * lda);
    c40 = fma(x, b0, c40);
    x = v128.load32_splat(a + 5 * lda);
    c50 = fma(x, b0, c50);
    a += 4;
    b += ldb;
  }
  v128.store(c, c00);
  c += ldc;
  v128.store(c, c10);
  c += ldc;
  v128.store(c, c20);
  c += ldc;
  v128.store(c, c30);
  c += ldc;
  v128.store(c, c40);
  c += ldc;
  v128.store(c, c50);
}

// @ts-ignore: decorator
@inline
function tile1x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
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

// @ts-ignore: decorator
@inline
function tile1x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
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
  const ldc = (<usize>n) << 2;
  for (; m >= 6; m -= 6, a += 6 * lda, c += 6 * ldc) {
    let j = 0;
    for (; j + 8 <= n; j += 8) tile6x8(a, lda, b + ((<usize>j) << 2), ldc, c + ((<usize>j) << 2), ldc, k);
    if (j < n) tile6x4(a, lda, b + ((<usize>j) << 2), ldc, c + ((<usize>j) << 2), ldc, k);
  }
  for (; m > 0; m--, a += lda, c += ldc) {
    let j = 0;
    for (; j + 8 <= n; j += 8) tile1x8(a, lda, b + ((<usize>j) << 2), ldc, c + ((<usize>j) << 2), ldc, k);
    if (j < n) tile1x4(a, lda, b + ((<usize>j) << 2), ldc, c + ((<usize>j) << 2), ldc, k);
  }
}

// @ts-ignore: decorator
@inline
function outer6x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  p += ldc;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  p += ldc;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  p += ldc;
  let c30 = v128.load(p);
  let c31 = v128.load(p, 16);
  p += ldc;
  let c40 = v128.load(p);
  let c41 = v128.load(p, 16);
  p += ldc;
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
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldc;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

// @ts-ignore: decorator
@inline
function outer6x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  p += ldc;
  let c10 = v128.load(p);
  p += ldc;
  let c20 = v128.load(p);
  p += ldc;
  let c30 = v128.load(p);
  p += ldc;
  let c40 = v128.load(p);
  p += ldc;
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
  c += ldc;
  v128.store(c, c10);
  c += ldc;
  v128.store(c, c20);
  c += ldc;
  v128.store(c, c30);
  c += ldc;
  v128.store(c, c40);
  c += ldc;
  v128.store(c, c50);
}

// @ts-ignore: decorator
@inline
function outer4x8(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  p += ldc;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  p += ldc;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  p += ldc;
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
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

// @ts-ignore: decorator
@inline
function outer4x4(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: i32): void {
  let p = c;
  let c00 = v128.load(p);
  p += ldc;
  let c10 = v128.load(p);
  p += ldc;
  let c20 = v128.load(p);
  p += ldc;
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
  c += ldc;
  v128.store(c, c10);
  c += ldc;
  v128.store(c, c20);
  c += ldc;
  v128.store(c, c30);
}

/** C[k, n] += A[m, k]ᵀ · B[m, n]; k is a multiple of four. */
export function multiplyTransposed(a: usize, b: usize, c: usize, m: i32, k: i32, n: i32): void {
  const lda = (<usize>k) << 2;
  const ldb = (<usize>n) << 2;
  // Rows of C are taken by six; eight that remain are taken as four and four.
  while (k > 0) {
    const rows = k >= 6 && k !== 8 ? 6 : 4;
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const at = (<usize>j) << 2;
      if (rows === 6) outer6x8(a, lda, b + at, ldb, c + at, ldb, m);
      else outer4x8(a, lda, b + at, ldb, c + at, ldb, m);
    }
    if (j < n) {
      const at = (<usize>j) << 2;
      if (rows === 6) outer6x4(a, lda, b + at, ldb, c + at, ldb, m);
      else outer4x4(a, lda, b + at, ldb, c + at, ldb, m);
    }
    k -= rows;
    a += (<usize>rows) << 2;
    c += (<usize>rows) * ldb;
  }
}
