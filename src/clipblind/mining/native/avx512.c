/* The kernel for x86-64 processors with AVX-512 and VNNI. */
#include "bits.h"
#include "kernel.h"
#ifdef CLIPBLIND_X86
#include <immintrin.h>

#define FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,bmi,popcnt"
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target(FEATURES))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,bmi,popcnt")
#endif

#define ISA kernel_avx512
#define NAME "avx512"

typedef __m512i v16;

static inline v16 splat(int32_t value) { return _mm512_set1_epi32(value); }
static inline v16 load(const int32_t *from) { return _mm512_loadu_si512(from); }
static inline void store(int32_t *to, v16 v) { _mm512_storeu_si512(to, v); }
static inline v16 maximum(v16 a, v16 b) { return _mm512_max_epi32(a, b); }
static inline v16 shift_in(v16 a, v16 b) {
    return _mm512_or_si512(_mm512_slli_epi32(a, 11), b);
}
static inline uint32_t at_least(v16 a, v16 b) { return _mm512_cmpge_epi32_mask(a, b); }
static inline uint32_t *append(uint32_t *end, uint32_t base, uint32_t lanes) {
    __m512i ascending = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i names = _mm512_add_epi32(_mm512_set1_epi32((int32_t)base), ascending);
    /* a whole vector is stored: there is room for a panel behind the last name */
    _mm512_storeu_si512(end, _mm512_maskz_compress_epi32((__mmask16)lanes, names));
    return end + _mm_popcnt_u32(lanes);
}
static inline __m512i four_bytes(const int8_t *row) {
    int32_t word;
    memcpy(&word, row, 4);
    return _mm512_set1_epi32(word);
}
static inline void dots1(const uint8_t *panel, const int8_t *row, v16 *sum) {
    for (int k = 0; k < PREFIX / 4; k++)
        *sum = _mm512_dpbusd_epi32(*sum, _mm512_loadu_si512(panel + 64 * k),
                                   four_bytes(row + 4 * k));
}
static inline void dots4(const uint8_t *panel, const int8_t *const row[4], v16 sum[4]) {
    for (int k = 0; k < PREFIX / 4; k++) {
        __m512i p = _mm512_loadu_si512(panel + 64 * k);
        for (int r = 0; r < 4; r++)
            sum[r] = _mm512_dpbusd_epi32(sum[r], p, four_bytes(row[r] + 4 * k));
    }
}
static inline int64_t dot(const int8_t *a, const int8_t *b, int64_t width) {
    __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int64_t k = 0; k < width; k += 64)
        for (int u = 0; u < 2; u++) {
            __m256i p = _mm256_loadu_si256((const __m256i *)(a + k + 32 * u));
            __m256i q = _mm256_loadu_si256((const __m256i *)(b + k + 32 * u));
            sum[u] = _mm512_dpwssd_epi32(sum[u], _mm512_cvtepi8_epi16(p),
                                         _mm512_cvtepi8_epi16(q));
        }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sum[0], sum[1]));
}
#define TILE_ROWS 8
#define TILE_PANELS 2
typedef __m512 v16f;

static inline v16f zero(void) { return _mm512_setzero_ps(); }
static inline v16f floats(const float *from) { return _mm512_loadu_ps(from); }
static inline void keep(float *to, v16f v) { _mm512_storeu_ps(to, v); }
static inline v16f add_product(v16f sum, float factor, v16f v) {
    return _mm512_fmadd_ps(_mm512_set1_ps(factor), v, sum);
}
static inline void add32(__m512d sum[4], const float *a, const float *b) {
    for (int u = 0; u < 4; u++)
        sum[u] = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(a + 8 * u)),
                                 _mm512_cvtps_pd(_mm256_loadu_ps(b + 8 * u)), sum[u]);
}
static inline double cosine(const float *a, const float *b, int64_t width) {
    __m512d sum[4];
    double lane[32];
    int64_t k = 0;
    for (int u = 0; u < 4; u++) sum[u] = _mm512_setzero_pd();
    for (; k + 32 <= width; k += 32) add32(sum, a + k, b + k);
    if (k < width) {
        float p[32] = {0}, q[32] = {0};
        memcpy(p, a + k, sizeof(float) * (size_t)(width - k));
        memcpy(q, b + k, sizeof(float) * (size_t)(width - k));
        add32(sum, p, q);
    }
    for (int u = 0; u < 4; u++) _mm512_storeu_pd(lane + 8 * u, sum[u]);
    for (int half = 16; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

#include "cascade.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int no_avx512_here;
#endif
