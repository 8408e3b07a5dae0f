/* The kernel, written once over a few primitives; each build's file defines those and includes this.
 *
 * The primitives: `v16` (16 int32), `splat`, `load`, `store`, `maximum`, `shift_in` (a x 2^11 + b),
 * `at_least` (a bit for each lane where a >= b), `append` (the names of the lanes whose bits are
 * set), `dots1` and `dots4` (add the products of a row, or of four, with a panel), `dot` (two int8
 * rows), `v16f` (16 floats) with `zero`, `floats`, `add_product` and `keep`, and `cosine` (float64,
 * in the order that `mining/cosines.py` defines).
 */
/* ---- sketches ---- */

/* Rows times a basis in panels of 16 columns [panels, width, 16]; each sum is taken in the order of
 * the dimensions. */
static void project(const float *rows, int64_t n, int64_t width, const float *basis,
                    int64_t panels, float *out) {
    for (int64_t first = 0; first < n; first += TILE_ROWS) {
        const float *row[TILE_ROWS];
        for (int r = 0; r < TILE_ROWS; r++)
            row[r] = rows + width * (first + r < n ? first + r : n - 1);
        for (int64_t panel = 0; panel < panels; panel += TILE_PANELS) {
            v16f sum[TILE_ROWS][TILE_PANELS];
            UNROLLED for (int r = 0; r < TILE_ROWS; r++)
                UNROLLED for (int p = 0; p < TILE_PANELS; p++) sum[r][p] = zero();
            const float *column = basis + LANES * width * panel;
            for (int64_t k = 0; k < width; k++, column += LANES) {
                v16f across[TILE_PANELS];
                UNROLLED for (int p = 0; p < TILE_PANELS; p++)
                    across[p] = floats(column + LANES * width * p);
                UNROLLED for (int r = 0; r < TILE_ROWS; r++)
                    UNROLLED for (int p = 0; p < TILE_PANELS; p++)
                        sum[r][p] = add_product(sum[r][p], row[r][k], across[p]);
            }
            for (int r = 0; r < TILE_ROWS && first + r < n; r++)
                for (int p = 0; p < TILE_PANELS; p++)
                    keep(out + LANES * (panels * (first + r) + panel + p), sum[r][p]);
        }
    }
}

/* q = round(clip((x - shift) * scale)), its squared norm, the norm of what rounding took away, and
 * the squared norm of x - shift before scaling. Adding and subtracting 1.5 x 2^23 rounds to the
 * nearest integer on every processor. */
static void quantise(const float *x, int64_t n, int64_t stride, int64_t width, const float *shift,
                     float scale, float limit, int8_t *q, int64_t out, int32_t *norm, float *error,
                     float *squared) {
    const float round = 12582912.0f;
    for (int64_t i = 0; i < n; i++, x += stride, q += out) {
        float lost[LANES] = {0}, length[LANES] = {0};
        int32_t sum[LANES] = {0};
        for (int64_t k = 0; k < width; k += LANES) {
            int real = width - k < LANES ? (int)(width - k) : LANES;
            float v[LANES] = {0};
            if (real == LANES)
                for (int l = 0; l < LANES; l++) v[l] = x[k + l] - shift[k + l];
            else
                for (int l = 0; l < real; l++) v[l] = x[k + l] - shift[k + l];
            int32_t whole[LANES];
            for (int l = 0; l < LANES; l++) {
                length[l] += v[l] * v[l];
                float c = v[l] * scale;
                c = c > limit ? limit : c;
                c = c < -limit ? -limit : c;
                float r = (c + round) - round;
                lost[l] += (c - r) * (c - r);
                whole[l] = (int32_t)r;
                sum[l] += whole[l] * whole[l];
            }
            for (int l = 0; l < real; l++) q[k + l] = (int8_t)whole[l];
        }
        for (int64_t k = width; k < out; k++) q[k] = 0;
        for (int half = LANES / 2; half; half /= 2)
            for (int l = 0; l < half; l++) {
                lost[l] += lost[l + half];
                length[l] += length[l + half];
                sum[l] += sum[l + half];
            }
        norm[i] = sum[0];
        error[i] = sqrtf(lost[0]);
        squared[i] = length[0];
    }
}

/* ---- clusters ---- */

/* Scores have less than 20 bits, so a score and the number of its panel fit in one int32: the
 * greatest is found by one comparison, and at equal scores the first panel wins. */
#define PANEL_BITS 11
#define MOST_PANELS (1 << PANEL_BITS)

static void assign(const uint8_t *centre_panels, const int32_t *offset, int64_t panels,
                   const int8_t *rows, int64_t n, int32_t *cluster) {
    for (int64_t first = 0; first < n; first += 4) {
        const int8_t *row[4];
        v16 best[4];
        for (int r = 0; r < 4; r++) {
            row[r] = rows + PREFIX * (first + r < n ? first + r : n - 1);
            best[r] = splat(INT32_MIN);
        }
        for (int64_t panel = 0; panel < panels; panel++) {
            v16 score[4], place = splat((int32_t)(MOST_PANELS - 1 - panel));
            for (int r = 0; r < 4; r++) score[r] = load(offset + LANES * panel);
            dots4(centre_panels + PANEL * panel, row, score);
            for (int r = 0; r < 4; r++)
                best[r] = maximum(best[r], shift_in(score[r], place));
        }
        for (int r = 0; r < 4 && first + r < n; r++) {
            int32_t found[LANES];
            store(found, best[r]);
            int32_t chosen = 0, score = INT32_MIN;
            for (int lane = 0; lane < LANES; lane++) {
                int32_t value = found[lane] >> PANEL_BITS;
                int32_t panel = MOST_PANELS - 1 - (found[lane] & (MOST_PANELS - 1));
                int32_t centre = panel * LANES + lane;
                if (value > score || (value == score && centre < chosen)) {
                    chosen = centre;
                    score = value;
                }
            }
            cluster[first + r] = chosen;
        }
    }
}

/* out[c] = max over the rows x of one cluster of x . c - x . own centre; `own` is offset as the
 * products are, so that the offset cancels. */
static void maxima(const uint8_t *centre_panels, int64_t panels, const int8_t *rows,
                   const int32_t *own, int64_t n, int32_t *out) {
    for (int64_t panel = 0; panel < panels; panel++) {
        v16 greatest = splat(-NEVER);
        for (int64_t first = 0; first < n; first += 4) {
            const int8_t *row[4];
            v16 product[4];
            for (int r = 0; r < 4; r++) {
                int64_t x = first + r < n ? first + r : n - 1;
                row[r] = rows + PREFIX * x;
                product[r] = splat(-own[x]);
            }
            dots4(centre_panels + PANEL * panel, row, product);
            greatest = maximum(greatest, maximum(maximum(product[0], product[1]),
                                                 maximum(product[2], product[3])));
        }
        store(out + LANES * panel, greatest);
    }
}

/* ---- the join ---- */

enum { COLUMNS_COPIED = 16 };   /* of `maxima`: those of as many clusters share cache lines */

typedef struct {
    uint32_t *rows, *columns;   /* survivors of the slab filter in the two clusters */
    uint32_t *a, *b;            /* candidates of one block of rows */
    uint8_t *panels;            /* packed columns */
    int32_t *bounds;
    int32_t *towards;           /* [16, clusters] maxima[j, i] for the clusters i around the current */
    int64_t copied;             /* the first of them, or -1 */
    int32_t *slack;             /* [clusters] radius times the distance of the centres, rounded up */
    uint32_t *near;             /* clusters that the current one can have pairs with */
} Scratch;

static int sum32(const int8_t *row) {
    int sum = 0;
    for (int k = 0; k < PREFIX; k++) sum += row[k];
    return sum;
}

static int32_t squared_distance(const int8_t *a, const int8_t *b) {
    int32_t sum = 0;
    for (int k = 0; k < PREFIX; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* maxima[j, i] for all j, read through lines that hold 16 clusters i. */
static const int32_t *column_of_maxima(const Index *x, int64_t i, Scratch *s) {
    int64_t first = i / COLUMNS_COPIED * COLUMNS_COPIED;
    if (s->copied != first) {
        for (int64_t j = first; j < x->clusters; j++)
            for (int64_t c = 0; c < COLUMNS_COPIED; c++)
                s->towards[c * x->clusters + j] = x->maxima[x->stride * j + first + c];
        s->copied = first;
    }
    return s->towards + (i - first) * x->clusters;
}

/* Later clusters from `from` on that cluster i can have pairs with. */
static int64_t neighbours(const Index *x, int64_t i, int64_t from, Scratch *s) {
    const int32_t *towards = column_of_maxima(x, i, s), *away = x->maxima + x->stride * i;
    const int8_t *centre = x->centres + PREFIX * i;
    int64_t count = 0;
    for (int64_t j = from; j < x->clusters; j++) s->slack[j] = squared_distance(centre,
                                                                   x->centres + PREFIX * j);
    for (int64_t j = from; j < x->clusters; j++) {
        double reach = x->radius + (double)x->reach[i] + (double)x->reach[j];
        s->slack[j] = (int32_t)(reach * sqrt((double)s->slack[j]) * (1 + 1e-12)) + 2;
    }
    for (int64_t j = from; j < x->clusters; j++) {
        s->near[count] = (uint32_t)j;
        count += away[j] + towards[j] + s->slack[j] >= 0;
    }
    return count;
}

/* Rows of cluster `inside` that can have a partner in cluster `other`. */
static int64_t survivors(const Index *x, int64_t inside, int64_t other, int32_t slack,
                         int32_t furthest, uint32_t *out) {
    const int8_t *centre = x->centres + PREFIX * other;
    int32_t need = OFFSET * sum32(centre) - slack - furthest;
    int64_t from = x->panel_start[inside], to = x->panel_start[inside + 1];
    uint32_t *end = out, base = (uint32_t)x->start[inside];
    for (int64_t panel = from; panel < to; panel++, base += LANES) {
        v16 product = splat(-need);
        dots1(x->panels + PANEL * panel, centre, &product);
        end = append(end, base, at_least(product, load(x->own + LANES * panel)));
    }
    return end - out;
}

static void pack(const Index *x, int64_t cluster, const uint32_t *columns, int64_t count,
                 Scratch *s) {
    int64_t first = x->start[cluster];
    const int32_t *bounds = x->column_bound + LANES * x->panel_start[cluster];
    int64_t padded = (count + LANES - 1) / LANES * LANES;
    for (int64_t c = 0; c < padded; c++) {
        uint8_t *panel = s->panels + PANEL * (c / LANES) + 4 * (c % LANES);
        uint8_t bytes[PREFIX] = {0};
        s->bounds[c] = -NEVER;
        if (c < count) {
            const int8_t *row = x->rows + PREFIX * (int64_t)columns[c];
            for (int k = 0; k < PREFIX; k++) bytes[k] = (uint8_t)(row[k] + OFFSET);
            s->bounds[c] = bounds[columns[c] - first];
        }
        for (int k = 0; k < PREFIX / 4; k++) memcpy(panel + 4 * LANES * k, bytes + 4 * k, 4);
    }
}

/* Candidates among some rows and some panels of columns; `names` gives the columns' rows, or the
 * columns are the rows from `base` on. With `later`, only columns after the row count. */
static int64_t meet(const Index *x, const uint32_t *rows, int64_t nrows, const uint8_t *panels,
                    const int32_t *bounds, int64_t ncolumns, const uint32_t *names, uint32_t base,
                    int later, uint32_t *a, uint32_t *b) {
    int64_t found = 0;
    for (int64_t first = 0; first < nrows; first += 4) {
        const int8_t *row[4];
        v16 bound[4];
        int real = nrows - first < 4 ? (int)(nrows - first) : 4;
        for (int r = 0; r < 4; r++) {
            uint32_t name = rows[first + (r < real ? r : 0)];
            row[r] = x->rows + PREFIX * (int64_t)name;
            bound[r] = splat(r < real ? x->row_bound[name] : NEVER);
        }
        int64_t column = later ? (rows[first] - base) / LANES * LANES : 0;
        for (; column < ncolumns; column += LANES) {
            v16 product[4];
            for (int r = 0; r < 4; r++) product[r] = load(bounds + column);
            dots4(panels + PREFIX * column, row, product);
            uint64_t hit = 0;
            for (int r = 0; r < 4; r++) hit |= (uint64_t)at_least(product[r], bound[r]) << 16 * r;
            for (; hit; hit &= hit - 1) {
                int bit = LOWEST_BIT(hit);
                int64_t c = column + bit % LANES;
                uint32_t name = names ? names[c] : base + (uint32_t)c;
                if (later && name <= rows[first + bit / LANES]) continue;
                a[found] = rows[first + bit / LANES];
                b[found++] = name;
            }
        }
    }
    return found;
}

/* Keeps, in place, the candidates that a longer sketch can't rule out. */
static int64_t sift(const Sketch *s, const int64_t *origin, uint32_t *a, uint32_t *b, int64_t n) {
    const int64_t ahead = 8;
    int64_t kept = 0;
    for (int64_t t = 0; t < n; t++) {
        if (t + ahead < n) {
            int64_t p = origin ? origin[a[t + ahead]] : a[t + ahead];
            int64_t q = origin ? origin[b[t + ahead]] : b[t + ahead];
            for (int64_t byte = 0; byte < s->width; byte += 64) {
                PREFETCH(s->q + p * s->width + byte);
                PREFETCH(s->q + q * s->width + byte);
            }
        }
        int64_t p = origin ? origin[a[t]] : a[t], q = origin ? origin[b[t]] : b[t];
        int64_t product = dot(s->q + p * s->width, s->q + q * s->width, s->width);
        double squared = (double)((int64_t)s->norm[p] + s->norm[q] - 2 * product);
        double reach = s->radius + s->error[p] + s->error[q];
        a[kept] = a[t];
        b[kept] = b[t];
        kept += squared <= reach * reach;
    }
    return kept;
}

/* Two clusters' survivors in blocks of rows, from `place->block` on; 0 if the output is full. */
static int join_pair(const Index *x, int64_t i, int64_t j, Place *place, Scratch *s, uint32_t *a,
                     uint32_t *b, int64_t *found, int64_t room, Counts *counts) {
    int64_t ni = x->start[i + 1] - x->start[i], nj = x->start[j + 1] - x->start[j];
    int64_t nrows = ni, ncolumns = ni, side = j;
    const uint32_t *rows = s->rows, *names = NULL;
    if (i == j) {
        for (int64_t r = 0; r < ni; r++) s->rows[r] = (uint32_t)(x->start[i] + r);
    } else {
        int32_t furthest = s->towards[i % COLUMNS_COPIED * x->clusters + j];
        nrows = survivors(x, i, j, s->slack[j], furthest, s->rows);
        if (!nrows) return 1;
        ncolumns = survivors(x, j, i, s->slack[j], x->maxima[x->stride * i + j], s->columns);
        if (!ncolumns) return 1;
        /* Packing a column costs about as much as joining it with PACK rows. */
        enum { PACK = 24 };
        int64_t packed = PACK * ncolumns + nrows * ((ncolumns + LANES - 1) / LANES * LANES);
        int64_t all_j = nrows * nj, all_i = ncolumns * ni;
        if (packed < all_j && packed < all_i) {
            pack(x, j, s->columns, ncolumns, s);
            names = s->columns;
        } else if (all_i < all_j) {
            side = i;
            rows = s->columns;
            nrows = ncolumns;
            ncolumns = ni;
        } else {
            ncolumns = nj;
        }
    }
    const uint8_t *panels = names ? s->panels : x->panels + PANEL * x->panel_start[side];
    const int32_t *bounds = names ? s->bounds : x->column_bound + LANES * x->panel_start[side];
    for (int64_t first = ROW_BLOCK * place->block; first < nrows; first += ROW_BLOCK) {
        int64_t some = nrows - first < ROW_BLOCK ? nrows - first : ROW_BLOCK;
        if (room - *found < some * ncolumns) return 0;
        int64_t n = meet(x, rows + first, some, panels, bounds, ncolumns, names,
                         (uint32_t)x->start[side], i == j, s->a, s->b);
        counts->slab += some * ncolumns;
        counts->prefix += n;
        if (x->middle.width) n = sift(&x->middle, NULL, s->a, s->b, n);
        counts->middle += n;
        if (x->whole.width) n = sift(&x->whole, x->origin, s->a, s->b, n);
        counts->whole += n;
        for (int64_t t = 0; t < n; t++, ++*found) {
            a[*found] = s->a[t] < s->b[t] ? s->a[t] : s->b[t];
            b[*found] = s->a[t] < s->b[t] ? s->b[t] : s->a[t];
        }
        place->block++;
    }
    return 1;
}

/* Cluster i with itself and with its later neighbours, from `place` on; 0 if the output is full. */
static int join_cluster(const Index *x, Place *place, Scratch *s, uint32_t *a, uint32_t *b,
                        int64_t *found, int64_t room, Counts *counts) {
    int64_t i = place->i;
    if (x->start[i + 1] == x->start[i]) return 1;
    if (place->j == i) {
        if (!join_pair(x, i, i, place, s, a, b, found, room, counts)) return 0;
        place->j++;
        place->block = 0;
    }
    int64_t count = neighbours(x, i, place->j, s);
    for (int64_t t = 0; t < count; t++, place->block = 0) {
        if (t + 1 < count) {
            int64_t next = x->panel_start[s->near[t + 1]], end = x->panel_start[s->near[t + 1] + 1];
            for (const uint8_t *p = x->panels + PANEL * next; p < x->panels + PANEL * end; p += 64)
                PREFETCH(p);
        }
        place->j = s->near[t];
        if (!join_pair(x, i, place->j, place, s, a, b, found, room, counts)) return 0;
    }
    return 1;
}

static int join(const Index *x, Place *place, int64_t stop, uint32_t *a, uint32_t *b,
                int64_t *found, int64_t room, Counts *counts) {
    size_t most = (size_t)x->largest + 2 * LANES, clusters = (size_t)x->clusters;
    uint32_t *names = malloc(4 * (2 * most + 2 * ROW_BLOCK * most + clusters));
    int32_t *numbers = malloc(4 * (most + clusters * (COLUMNS_COPIED + 1)));
    uint8_t *panels = malloc(PREFIX * most);
    int done = -1;
    *found = 0;
    if (names && numbers && panels) {
        Scratch s = {.rows = names, .columns = names + most, .a = names + 2 * most,
                     .b = names + (2 + ROW_BLOCK) * most,
                     .near = names + (2 + 2 * ROW_BLOCK) * most, .panels = panels,
                     .bounds = numbers, .slack = numbers + most,
                     .towards = numbers + most + clusters, .copied = -1};
        for (done = 1; done && place->i < stop;) {
            done = join_cluster(x, place, &s, a, b, found, room, counts);
            if (done) *place = (Place){place->i + 1, place->i + 1, 0};
        }
    }
    free(names);
    free(numbers);
    free(panels);
    return done;
}

/* ---- the decision ---- */

static void cosines(const float *rows, int64_t width, const int64_t *a, const int64_t *b,
                    int64_t n, double *out) {
    for (int64_t t = 0; t < n; t++) {
        if (t + 2 < n)
            for (int64_t k = 0; k < width; k += 16) {
                PREFETCH(rows + a[t + 2] * width + k);
                PREFETCH(rows + b[t + 2] * width + k);
            }
        out[t] = cosine(rows + a[t] * width, rows + b[t] * width, width);
    }
}

const Kernel ISA = {NAME, project, quantise, assign, maxima, join, cosines};
