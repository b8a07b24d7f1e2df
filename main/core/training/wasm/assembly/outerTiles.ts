// Tiles of a matrix product with the first matrix transposed: C[rows, columns] += A[m, rows]ᵀ · B[m, columns]. What tiles.ts
// says of registers and of exports holds here too.
import { fma } from './simd';

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
