/* What the three builds of the kernel share: the data they read, and the table of what they do.
 *
 * Words: a row is one image's prefix, 32 signed bytes in [-63, 63]; a panel holds the prefixes of
 * 16 images as unsigned bytes (value + 64), four bytes of each image at a time, so that one step
 * multiplies four dimensions of 16 images. All arithmetic on prefixes is exact in int32, so every
 * build finds the same pairs.
 */
#ifndef CLIPBLIND_KERNEL_H
#define CLIPBLIND_KERNEL_H
#include <stdint.h>

#define PREFIX 32        /* dimensions of a prefix */
#define LANES 16         /* images in a panel */
#define PANEL (PREFIX * LANES)
#define OFFSET 64        /* added to a prefix's bytes in a panel */
#define ROW_BLOCK 64     /* rows joined between two looks at the room left for output */
#define NEVER (1 << 30)  /* no dot product comes near it */

/* An int8 sketch that is longer than the prefix: the next filters of the cascade. */
typedef struct {
    const int8_t *q;       /* [n, width], width a multiple of 64; width 0: there is none */
    const int32_t *norm;   /* [n] squared norm of q */
    const float *error;    /* [n] rounding error of q, in its units */
    double radius;         /* in its units */
    int64_t width;
} Sketch;

typedef struct {
    int64_t n, clusters, stride;   /* stride: clusters rounded up to whole panels */
    const int64_t *start;          /* [clusters + 1] first row of each cluster */
    const int64_t *panel_start;    /* [clusters + 1] first panel of each cluster */
    const int8_t *rows;            /* [n, 32] */
    const uint8_t *panels;         /* [panels, 8, 16, 4] */
    const int32_t *row_bound;      /* [n] */
    const int32_t *column_bound;   /* [panels, 16]; -NEVER where no image is */
    const int32_t *own;            /* [panels, 16] row . its own centre; NEVER where no image is */
    const int8_t *centres;         /* [clusters, 32] */
    const int32_t *maxima;         /* [clusters, stride] */
    const float *reach;            /* [clusters] greatest error of a row, in units */
    double radius;                 /* in units */
    const int64_t *origin;         /* [n] where `whole` holds a row */
    Sketch middle, whole;
    int64_t largest;               /* rows of the largest cluster */
} Index;

/* Where a join stands: cluster i, cluster j, row block of that pair. */
typedef struct { int64_t i, j, block; } Place;

/* Pairs that each stage was handed, and what it left. */
typedef struct { int64_t slab, prefix, middle, whole; } Counts;

typedef struct {
    const char *name;
    void (*project)(const float *rows, int64_t n, int64_t width, const float *basis,
                    int64_t panels, float *out);
    void (*quantise)(const float *x, int64_t n, int64_t stride, int64_t width, const float *shift,
                     float scale, float limit, int8_t *q, int64_t out, int32_t *norm, float *error,
                     float *squared);
    void (*assign)(const uint8_t *centre_panels, const int32_t *offset, int64_t panels,
                   const int8_t *rows, int64_t n, int32_t *cluster);
    void (*maxima)(const uint8_t *centre_panels, int64_t panels, const int8_t *rows,
                   const int32_t *own, int64_t n, int32_t *out);
    /* Joins clusters from `place` up to `stop`; 1: done, 0: the output is full, -1: no memory. */
    int (*join)(const Index *index, Place *place, int64_t stop, uint32_t *a, uint32_t *b,
                int64_t *found, int64_t room, Counts *counts);
    void (*cosines)(const float *rows, int64_t width, const int64_t *a, const int64_t *b,
                    int64_t n, double *out);
} Kernel;

extern const Kernel kernel_portable;
#if defined(__x86_64__) && defined(__GNUC__)
#define CLIPBLIND_X86 1
extern const Kernel kernel_avx2, kernel_avx512;
#endif
#endif
