/* What compilers name differently. */
#ifndef CLIPBLIND_BITS_H
#define CLIPBLIND_BITS_H
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define UNROLLED _Pragma("GCC unroll 8")
#define PREFETCH(address) __builtin_prefetch(address)
#define LOWEST_BIT(bits) __builtin_ctzll(bits)
#else
#define UNROLLED
#define PREFETCH(address) ((void)(address))
static inline int LOWEST_BIT(uint64_t bits) {
    int lane = 0;
    while (!(bits & 1)) { bits >>= 1; lane++; }
    return lane;
}
#endif
#endif
