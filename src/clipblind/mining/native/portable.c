/* The kernel for any processor. */
#include "bits.h"
#include "kernel.h"

#define ISA kernel_portable
#define NAME "portable"

typedef struct { int32_t lane[LANES]; } v16;

static inline v16 splat(int32_t value) {
    v16 v;
    for (int l = 0; l < LANES; l++) v.lane[l] = value;
    return v;
}
static inline v16 load(const int32_t *from) {
    v16 v;
    for (int l = 0; l < LANES; l++) v.lane[l] = from[l];
    return v;
}
static inline void store(int32_t *to, v16 v) {
    for (int l = 0; l < LANES; l++) to[l] = v.lane[l];
}
static inline v16 maximum(v16 a, v16 b) {
    for (int l = 0; l < LANES; l++) a.lane[l] = a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l];
    return a;
}
static inline v16 shift_in(v16 a, v16 b) {
    for (int l = 0; l < LANES; l++) a.lane[l] = a.lane[l] * 2048 + b.lane[l];
    return a;
}
static inline uint32_t at_least(v16 a, v16 b) {
    uint32_t bits = 0;
    for (int l = 0; l < LANES; l++) bits |= (uint32_t)(a.lane[l] >= b.lane[l]) << l;
    return bits;
}
static inline uint32_t *append(uint32_t *end, uint32_t base, uint32_t lanes) {
    for (; lanes; lanes &= lanes - 1) *end++ = base + (uint32_t)LOWEST_BIT(lanes);
    return end;
}
static inline void dots1(const uint8_t *panel, const int8_t *row, v16 *sum) {
    for (int k = 0; k < PREFIX; k += 4)
        for (int l = 0; l < LANES; l++) {
            const uint8_t *p = panel + LANES * k + 4 * l;
            sum->lane[l] += p[0] * row[k] + p[1] * row[k + 1] + p[2] * row[k + 2]
                          + p[3] * row[k + 3];
        }
}
static inline void dots4(const uint8_t *panel, const int8_t *const row[4], v16 sum[4]) {
    for (int r = 0; r < 4; r++) dots1(panel, row[r], sum + r);
}
static inline int64_t dot(const int8_t *a, const int8_t *b, int64_t width) {
    int32_t sum = 0;
    for (int64_t k = 0; k < width; k++) sum += a[k] * b[k];
    return sum;
}
#define TILE_ROWS 4
#define TILE_PANELS 1
typedef struct { float lane[LANES]; } v16f;

static inline v16f zero(void) { return (v16f){{0}}; }
static inline v16f floats(const float *from) {
    v16f v;
    for (int l = 0; l < LANES; l++) v.lane[l] = from[l];
    return v;
}
static inline void keep(float *to, v16f v) {
    for (int l = 0; l < LANES; l++) to[l] = v.lane[l];
}
static inline v16f add_product(v16f sum, float factor, v16f v) {
    for (int l = 0; l < LANES; l++) sum.lane[l] += factor * v.lane[l];
    return sum;
}
static inline double cosine(const float *a, const float *b, int64_t width) {
    double lane[32] = {0};
    for (int64_t k = 0; k < width; k++) lane[k % 32] += (double)a[k] * (double)b[k];
    for (int half = 16; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

#include "cascade.h"
