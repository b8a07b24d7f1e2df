/** The stack frame in which the loops of `pairBlock.ts` and the finishes of `pairFinish.ts` meet. */

/** What the C code hands over; the assembly copies it to its own frame. */
export const PAIR_JOB = `/* Makes outputs of the sums of four channels of a pixel, with their parameters at p; returns where these end. On a
   core with the DSP extension it is no C function: the loops jump to it and it jumps back, see there. */
typedef const model_word *(*model_pair_finish)(const model_word *p, const int32_t *sums, int8_t *out, uint32_t channel,
                                               int32_t addend, const void *job, uint32_t pixel);
/* A run of pairs of pixels of a 1x1 convolution. */
typedef struct {
  int8_t *out0, *out1;        /* where the two pixels of the first pair go */
  uint32_t extent;            /* from a pixel's first channel to past its last, in bytes of output */
  int16_t *x;                 /* scratch for the widened pair */
  const model_word *stream;
  uint32_t pairs;
  const int8_t *in0, *in1;
  uint32_t in_step, out_step; /* bytes from one pair to the next */
  uint32_t words;             /* of four input channels */
  int32_t addend;             /* the output's zero point, or the base of the fit */
  uint32_t channel;           /* bytes from an output channel to the next */
  uint32_t skipped;           /* steps of the unrolled loop that its first round leaves out */
  model_pair_finish finish;   /* where the function of the loops has none of its own */
} model_pairs;
/* The same with a shortcut added: (a x + b shortcut + c) >> shift. */
typedef struct {
  model_pairs pairs;
  int32_t shortcut0, shortcut1; /* bytes from where a pixel goes to its shortcut */
  int32_t a, b, c;
} model_sums;
MODEL_INLINE int32_t model_sum(int32_t x, const int8_t *out, const void *job, uint32_t pixel) {
  const model_sums *s = (const model_sums *)job;
  const int32_t distance = pixel & 1 ? s->shortcut0 : s->shortcut1;
  return s->a * x + s->b * *(const int8_t *)((uintptr_t)out + (uintptr_t)(intptr_t)distance) + s->c;
}
`;

const JOB = [
  'out0',
  'out1',
  'extent',
  'x',
  'stream',
  'pairs',
  'in0',
  'in1',
  'inStep',
  'outStep',
  'words',
  'addend',
  'channel',
  'skipped',
  'finish',
] as const;
/** `rest`: what follows the job, where a shortcut is added. */
const own = ['entry', 'skip', 'limit', 'end', 'block', 'next', 'rest'] as const;
export const FRAME_BYTES = 4 * (JOB.length + own.length);

/** A field of the frame, as an operand. */
export function at(field: (typeof JOB)[number] | (typeof own)[number]): string {
  const index = [...JOB, ...own].indexOf(field);
  return `[sp, #${String(4 * index)}]`;
}
