/* Read in place of the C library's while bindings are made: size_t as `long long`, for the reason given in stdint.h. */
#ifndef KIOKU_BINDINGS_STDDEF_H
#define KIOKU_BINDINGS_STDDEF_H

typedef unsigned long long size_t;
#define NULL ((void *)0)

#endif
