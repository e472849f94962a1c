/* Internal: the caches of this machine. */
#ifndef KIOKU_CACHES_H
#define KIOKU_CACHES_H

#include <stdint.h>

/* Bytes of a core's own caches; 32 KB and 512 KB where the machine does not say. */
struct kioku_caches {
  int64_t data;   /* first level */
  int64_t second; /* second level */
};

/* Asks the machine at the first call. */
struct kioku_caches kioku_caches(void);

#endif
