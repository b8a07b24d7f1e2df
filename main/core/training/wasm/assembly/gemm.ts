// Matrix products in tiles of registers. Row-major; column counts are multiples of four.
import { tile1x4, tile1x8, tile5x4, tile5x8, tile6x4, tile6x8 } from './tiles';
import { outer4x4, outer4x8, outer5x4, outer5x8, outer6x4, outer6x8 } from './outerTiles';

/** Rows of a tile; bands of rows should be multiples of it. */
// @ts-ignore: decorator
@inline
const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

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
