/* Internal: calls into OpenBLAS, never more at once than its pool of buffers holds. */
#ifndef KIOKU_BLAS_H
#define KIOKU_BLAS_H

/* Around every call of a cblas function, or several in a row: blas_begin waits, asleep, until fewer than
 * kioku_blas_calls() others are between the two. Between them, wait for nothing and do not call blas_begin again. */
void blas_begin(void);
void blas_end(void);

#endif
