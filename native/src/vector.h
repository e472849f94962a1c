/* The vector vocabulary: the few words that the kernels are written in, and what each tier's vector_*.h, which is
 * included before, must make of them. A tier that lacks a word, or means another type, does not compile.
 *
 * LANES      floats of a vector
 * UNROLL     vectors that element-wise kernels compute side by side, to hide latency
 * vec, ivec  LANES floats, LANES int32
 * mask       a truth value for each lane
 *
 * Of matrix products:
 *
 * wide, WIDTH   a vector of WIDTH words of 32 bits: WIDTH rows of the weights; a multiple of LANES
 * PANEL         vectors side by side in packed weights: 3, 4 or 6
 * F32_TILES(tile), BF16_TILES(tile), INT8_TILES(tile)
 *               tile(rows, parts) for each number of rows from 1 on that has a tile: in how many parts each of its sums
 *               is made, 1, 2 or 4, from three rows on 1; at most 8 rows and parts. So many sums that latency is
 * hidden, and so few that they stay in registers, with the weights of a panel's word. BYTE_DEPTH, BYTE_SPAN words of a
 * row's weights, and of an argument's, that w_dot_int8 takes at once BYTE_ARGUMENTS_ABOVE, BYTE_WEIGHTS_ABOVE what is
 * added to each byte so that it is what w_dot_int8 wants: 0 signed, more unsigned BYTE_WEIGHTS_MOST a row's largest
 * weight becomes this many: 127 where sums of products cannot saturate, else 63
 *
 * CODES         8-bit codes of a word of w_dot_codes, whose sums are exact whatever the codes are: 4 as bytes, those of
 *               an argument unsigned where BYTE_ARGUMENTS_ABOVE says so, those of weights signed; or 2 of 16 bits
 * CODE_TILES(tile)
 */
#ifndef KIOKU_VECTOR_H
#error "a tier's vector_*.h comes first"
#endif

/* Declares what a word must be, and fails if it is not defined. */
#define WORD(result, name, arguments)                                                                                  \
  INLINE result name arguments;                                                                                        \
  static result(*const has_##name) arguments __attribute__((unused)) = name

WORD(vec, v_set, (float x));
WORD(vec, v_load, (const float *p));
WORD(void, v_store, (float *p, vec x));
/* The first n lanes, 0 < n < LANES; memory behind them is not touched, lanes behind them are 0. */
WORD(vec, v_load_part, (const float *p, int64_t n));
WORD(void, v_store_part, (float *p, int64_t n, vec x));

WORD(vec, v_add, (vec a, vec b));
WORD(vec, v_sub, (vec a, vec b));
WORD(vec, v_mul, (vec a, vec b));
WORD(vec, v_div, (vec a, vec b));
WORD(vec, v_muladd, (vec a, vec b, vec c));  /* a b + c, rounded once */
WORD(vec, v_nmuladd, (vec a, vec b, vec c)); /* c - a b, rounded once */

WORD(ivec, i_set, (int32_t x));
WORD(ivec, i_add, (ivec a, ivec b)); /* sums wrap */
WORD(ivec, i_sub, (ivec a, ivec b));
WORD(ivec, i_to_exponent, (ivec a));   /* its low 9 bits: sign and exponent */
WORD(ivec, i_from_exponent, (ivec a)); /* sign-extended */
WORD(ivec, i_half, (ivec a));          /* rounded down */
WORD(ivec, v_bits, (vec x));
WORD(vec, v_from_bits, (ivec bits));
WORD(vec, v_from_int, (ivec a));

WORD(mask, v_less, (vec a, vec b)); /* false for NaN */
WORD(mask, v_equal, (vec a, vec b));
WORD(vec, v_select, (mask m, vec yes, vec no));

WORD(vec, v_at_most, (vec x, float limit)); /* x within a limit; NaN stays */
WORD(vec, v_at_least, (vec x, float limit));
WORD(vec, v_max, (vec a, vec b)); /* NaN when either is */
WORD(vec, v_min, (vec a, vec b));
WORD(vec, v_floor, (vec x));               /* rounded down; NaN, infinities and -0 stay */
WORD(vec, v_scale, (vec x, vec k));        /* x 2^k for whole k, |k| <= 150, rounded once */
WORD(vec, v_minus_abs, (vec x));           /* -|x| */
WORD(vec, v_with_sign, (vec x, vec sign)); /* |x| with the sign of the other */

WORD(wide, w_set, (float x));
WORD(wide, w_load, (const float *p));
WORD(void, w_store, (float *p, wide x));
WORD(wide, w_keep, (wide x)); /* x, in a register: not loaded again where it is used again */
WORD(wide, w_add, (wide a, wide b));
WORD(wide, w_mul, (wide a, wide b));
WORD(wide, w_add_int, (wide a, wide b)); /* the same registers as int32 lanes */
WORD(wide, w_from_int, (wide a));        /* int32 lanes to floats */

/* sum + a · w in each lane: one word of `a`, the same for all lanes, with one of each lane of w. A word is a float, or
 * two bfloat16, */
WORD(wide, w_dot_f32, (const float *a, const wide *w, wide sum));
WORD(wide, w_dot_bf16, (const float *a, const wide *w, wide sum));
/* or four bytes, whose sums are exact integers: BYTE_SPAN words of `a` with BYTE_DEPTH of w. */
WORD(wide, w_dot_int8, (const float *a, const wide *w, wide sum));
/* or CODES codes, whose sums are exact integers modulo 2^32. */
WORD(wide, w_dot_codes, (const float *a, const wide *w, wide sum));

#undef WORD

_Static_assert(sizeof(vec) == LANES * sizeof(float) && sizeof(ivec) == sizeof(vec), "LANES");
_Static_assert(sizeof(wide) == WIDTH * sizeof(float) && WIDTH % LANES == 0, "WIDTH");
_Static_assert(PANEL == 3 || PANEL == 4 || PANEL == 6, "PANEL");
_Static_assert(BYTE_DEPTH >= 1 && BYTE_SPAN >= BYTE_DEPTH && (BYTE_DEPTH == BYTE_SPAN || BYTE_DEPTH == 2), "BYTE_*");
_Static_assert(CODES == 4 || CODES == 2, "CODES");
_Static_assert(BYTE_WEIGHTS_MOST == 127 || BYTE_WEIGHTS_MOST == 63, "BYTE_WEIGHTS_MOST");
