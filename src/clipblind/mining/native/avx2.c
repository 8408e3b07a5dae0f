/* The kernel for x86-64 processors with AVX2 and FMA. */
#include "bits.h"
#include "kernel.h"
#ifdef CLIPBLIND_X86
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,popcnt"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,bmi,popcnt")
#endif

#define ISA kernel_avx2
#define NAME "avx2"

typedef struct { __m256i low, high; } v16;

static inline v16 splat(int32_t value) {
    return (v16){_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
}
static inline v16 load(const int32_t *from) {
    return (v16){_mm256_loadu_si256((const __m256i *)from),
                 _mm256_loadu_si256((const __m256i *)(from + 8))};
}
static inline void store(int32_t *to, v16 v) {
    _mm256_storeu_si256((__m256i *)to, v.low);
    _mm256_storeu_si256((__m256i *)(to + 8), v.high);
}
static inline v16 maximum(v16 a, v16 b) {
    return (v16){_mm256_max_epi32(a.low, b.low), _mm256_max_epi32(a.high, b.high)};
}
static inline v16 shift_in(v16 a, v16 b) {
    return (v16){_mm256_or_si256(_mm256_slli_epi32(a.low, 11), b.low),
                 _mm256_or_si256(_mm256_slli_epi32(a.high, 11), b.high)};
}
static inline uint32_t at_least(v16 a, v16 b) {
    __m256i low = _mm256_cmpgt_epi32(b.low, a.low), high = _mm256_cmpgt_epi32(b.high, a.high);
    uint32_t below = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(low))
                   | (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(high)) << 8;
    return ~below & 0xffff;
}
static inline __m256i four_bytes(const int8_t *row) {
    int32_t word;
    memcpy(&word, row, 4);
    return _mm256_set1_epi32(word);
}
/* Four products of at most 127 x 63 fit in int16; only then are they widened. */
static inline __m256i eight_dims(__m256i first, __m256i second, const int8_t *row) {
    __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(first, four_bytes(row)),
                                     _mm256_maddubs_epi16(second, four_bytes(row + 4)));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
static inline uint32_t *append(uint32_t *end, uint32_t base, uint32_t lanes) {
    for (; lanes; lanes &= lanes - 1) *end++ = base + (uint32_t)LOWEST_BIT(lanes);
    return end;
}
static inline void dots1(const uint8_t *panel, const int8_t *row, v16 *sum) {
    const __m256i *p = (const __m256i *)panel;
    for (int k = 0; k < PREFIX / 4; k += 2) {
        sum->low = _mm256_add_epi32(sum->low, eight_dims(_mm256_loadu_si256(p + 2 * k),
                                                         _mm256_loadu_si256(p + 2 * k + 2),
                                                         row + 4 * k));
        sum->high = _mm256_add_epi32(sum->high, eight_dims(_mm256_loadu_si256(p + 2 * k + 1),
                                                           _mm256_loadu_si256(p + 2 * k + 3),
                                                           row + 4 * k));
    }
}
static inline void dots4(const uint8_t *panel, const int8_t *const row[4], v16 sum[4]) {
    const __m256i *p = (const __m256i *)panel;
    for (int k = 0; k < PREFIX / 4; k += 2) {
        __m256i a = _mm256_loadu_si256(p + 2 * k), b = _mm256_loadu_si256(p + 2 * k + 2);
        __m256i c = _mm256_loadu_si256(p + 2 * k + 1), d = _mm256_loadu_si256(p + 2 * k + 3);
        for (int r = 0; r < 4; r++) {
            sum[r].low = _mm256_add_epi32(sum[r].low, eight_dims(a, b, row[r] + 4 * k));
            sum[r].high = _mm256_add_epi32(sum[r].high, eight_dims(c, d, row[r] + 4 * k));
        }
    }
}
static inline int64_t dot(const int8_t *a, const int8_t *b, int64_t width) {
    __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int64_t k = 0; k < width; k += 32)
        for (int u = 0; u < 2; u++) {
            __m256i p = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(a + k + 16 * u)));
            __m256i q = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(b + k + 16 * u)));
            sum[u] = _mm256_add_epi32(sum[u], _mm256_madd_epi16(p, q));
        }
    int32_t lane[8], total = 0;
    _mm256_storeu_si256((__m256i *)lane, _mm256_add_epi32(sum[0], sum[1]));
    for (int l = 0; l < 8; l++) total += lane[l];
    return total;
}
#define TILE_ROWS 6
#define TILE_PANELS 1
typedef struct { __m256 low, high; } v16f;

static inline v16f zero(void) { return (v16f){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
static inline v16f floats(const float *from) {
    return (v16f){_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
}
static inline void keep(float *to, v16f v) {
    _mm256_storeu_ps(to, v.low);
    _mm256_storeu_ps(to + 8, v.high);
}
static inline v16f add_product(v16f sum, float factor, v16f v) {
    __m256 f = _mm256_set1_ps(factor);
    return (v16f){_mm256_fmadd_ps(f, v.low, sum.low), _mm256_fmadd_ps(f, v.high, sum.high)};
}
static inline void add32(__m256d sum[8], const float *a, const float *b) {
    for (int u = 0; u < 8; u++)
        sum[u] = _mm256_fmadd_pd(_mm256_cvtps_pd(_mm_loadu_ps(a + 4 * u)),
                                 _mm256_cvtps_pd(_mm_loadu_ps(b + 4 * u)), sum[u]);
}
static inline double cosine(const float *a, const float *b, int64_t width) {
    __m256d sum[8];
    double lane[32];
    int64_t k = 0;
    for (int u = 0; u < 8; u++) sum[u] = _mm256_setzero_pd();
    for (; k + 32 <= width; k += 32) add32(sum, a + k, b + k);
    if (k < width) {
        float p[32] = {0}, q[32] = {0};
        memcpy(p, a + k, sizeof(float) * (size_t)(width - k));
        memcpy(q, b + k, sizeof(float) * (size_t)(width - k));
        add32(sum, p, q);
    }
    for (int u = 0; u < 8; u++) _mm256_storeu_pd(lane + 4 * u, sum[u]);
    for (int half = 16; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

#include "cascade.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int no_avx2_here;
#endif
