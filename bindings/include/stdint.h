/*
 * Read in place of the C library's while bindings are made. There int64_t is `long` on Linux, and jextract would write
 * its C_LONG, which has 32 bits on Windows; `long long` has 64 everywhere, so one set of bindings serves all platforms.
 */
#ifndef KIOKU_BINDINGS_STDINT_H
#define KIOKU_BINDINGS_STDINT_H

typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807LL - 1)

#endif
