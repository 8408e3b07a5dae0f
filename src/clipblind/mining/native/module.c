/* Python's view of the kernel. Arrays come as buffers, C-contiguous and of the types that kernel.h
 * names; `kernel.py` is the only caller and sees to that. Work is done without Python's lock. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernel.h"

static const Kernel *const *known(int *count) {
    static const Kernel *kernels[3];
    static int found = 0;
    if (!found) {
#ifdef CLIPBLIND_X86
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vnni"))
            kernels[found++] = &kernel_avx512;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
            && __builtin_cpu_supports("bmi"))
            kernels[found++] = &kernel_avx2;
#endif
        kernels[found++] = &kernel_portable;
    }
    *count = found;
    return kernels;
}

static const Kernel *kernel_named(const char *name) {
    int count;
    const Kernel *const *kernels = known(&count);
    for (int k = 0; k < count; k++)
        if (!strcmp(kernels[k]->name, name)) return kernels[k];
    PyErr_Format(PyExc_ValueError, "this processor has no kernel %s", name);
    return NULL;
}

static PyObject *builds(PyObject *self, PyObject *none) {
    int count;
    const Kernel *const *kernels = known(&count);
    PyObject *names = PyTuple_New(count);
    for (int k = 0; names && k < count; k++)
        PyTuple_SetItem(names, k, PyUnicode_FromString(kernels[k]->name));
    return names;
}

static void release(Py_buffer *buffers, int count) {
    for (int b = 0; b < count; b++)
        if (buffers[b].obj) PyBuffer_Release(buffers + b);
}

static PyObject *project(PyObject *self, PyObject *args) {
    const char *name;
    Py_buffer b[3] = {{0}};
    Py_ssize_t n, width, panels;
    const Kernel *kernel;
    if (!PyArg_ParseTuple(args, "sy*nny*nw*", &name, b, &n, &width, b + 1, &panels, b + 2))
        return NULL;
    if ((kernel = kernel_named(name))) {
        Py_BEGIN_ALLOW_THREADS
        kernel->project(b[0].buf, n, width, b[1].buf, panels, b[2].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 3);
    return kernel ? Py_NewRef(Py_None) : NULL;
}

static PyObject *quantise(PyObject *self, PyObject *args) {
    const char *name;
    Py_buffer b[6] = {{0}};
    Py_ssize_t n, stride, width, out;
    float scale, limit;
    const Kernel *kernel;
    if (!PyArg_ParseTuple(args, "sy*nnny*ffw*nw*w*w*", &name, b, &n, &stride, &width, b + 1, &scale,
                          &limit, b + 2, &out, b + 3, b + 4, b + 5))
        return NULL;
    if ((kernel = kernel_named(name))) {
        Py_BEGIN_ALLOW_THREADS
        kernel->quantise(b[0].buf, n, stride, width, b[1].buf, scale, limit, b[2].buf, out,
                         b[3].buf, b[4].buf, b[5].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 6);
    return kernel ? Py_NewRef(Py_None) : NULL;
}

static PyObject *assign(PyObject *self, PyObject *args) {
    const char *name;
    Py_buffer b[4] = {{0}};
    const Kernel *kernel;
    if (!PyArg_ParseTuple(args, "sy*y*y*w*", &name, b, b + 1, b + 2, b + 3)) return NULL;
    if ((kernel = kernel_named(name))) {
        Py_BEGIN_ALLOW_THREADS
        kernel->assign(b[0].buf, b[1].buf, b[0].len / PANEL, b[2].buf, b[2].len / PREFIX,
                       b[3].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 4);
    return kernel ? Py_NewRef(Py_None) : NULL;
}

static PyObject *maxima(PyObject *self, PyObject *args) {
    const char *name;
    Py_buffer b[5] = {{0}};
    const Kernel *kernel;
    Py_ssize_t first, last;
    /* centre panels, start of each cluster, rows, own, out; clusters first to last */
    if (!PyArg_ParseTuple(args, "sy*y*y*y*w*nn", &name, b, b + 1, b + 2, b + 3, b + 4, &first,
                          &last))
        return NULL;
    if ((kernel = kernel_named(name))) {
        const int64_t *start = b[1].buf;
        int64_t panels = b[0].len / PANEL;
        Py_BEGIN_ALLOW_THREADS
        for (int64_t c = first; c < last; c++)
            if (start[c + 1] > start[c])
                kernel->maxima(b[0].buf, panels, (int8_t *)b[2].buf + PREFIX * start[c],
                               (int32_t *)b[3].buf + start[c], start[c + 1] - start[c],
                               (int32_t *)b[4].buf + LANES * panels * c);
        Py_END_ALLOW_THREADS
    }
    release(b, 5);
    return kernel ? Py_NewRef(Py_None) : NULL;
}

#define BUFFERS 17
typedef struct { Index index; Py_buffer buffers[BUFFERS]; } Held;
static const char *const CAPSULE = "clipblind.index";

static void let_go(PyObject *capsule) {
    Held *held = PyCapsule_GetPointer(capsule, CAPSULE);
    release(held->buffers, BUFFERS);
    PyMem_Free(held);
}

static PyObject *index_of(PyObject *self, PyObject *args) {
    Held *held = PyMem_Calloc(1, sizeof(Held));
    if (!held) return PyErr_NoMemory();
    Index *x = &held->index;
    Py_buffer *b = held->buffers;
    Py_ssize_t n, clusters, stride, largest, middle, whole;
    /* flat, since the parser keeps too few places for buffers inside of tuples */
    if (!PyArg_ParseTuple(args, "nnnndy*y*y*y*y*y*y*y*y*y*y*y*y*y*dny*y*y*dn", &n, &clusters,
                          &stride, &largest, &x->radius, b, b + 1, b + 2, b + 3, b + 4, b + 5,
                          b + 6, b + 7, b + 8, b + 9, b + 10, b + 11, b + 12, b + 13,
                          &x->middle.radius, &middle, b + 14, b + 15, b + 16, &x->whole.radius,
                          &whole)) {
        release(b, BUFFERS);
        PyMem_Free(held);
        return NULL;
    }
    x->n = n; x->clusters = clusters; x->stride = stride; x->largest = largest;
    x->start = b[0].buf; x->panel_start = b[1].buf; x->rows = b[2].buf; x->panels = b[3].buf;
    x->row_bound = b[4].buf; x->column_bound = b[5].buf; x->own = b[6].buf;
    x->centres = b[7].buf; x->maxima = b[8].buf; x->reach = b[9].buf; x->origin = b[10].buf;
    x->middle.q = b[11].buf; x->middle.norm = b[12].buf; x->middle.error = b[13].buf;
    x->middle.width = middle;
    x->whole.q = b[14].buf; x->whole.norm = b[15].buf; x->whole.error = b[16].buf;
    x->whole.width = whole;
    return PyCapsule_New(held, CAPSULE, let_go);
}

static PyObject *join(PyObject *self, PyObject *args) {
    const char *name;
    PyObject *capsule;
    Place place;
    Py_ssize_t i, j, block, stop;
    Py_buffer b[2] = {{0}};
    Counts counts = {0, 0, 0, 0};
    int64_t found = 0;
    int done = 0;
    const Kernel *kernel;
    Held *held;
    if (!PyArg_ParseTuple(args, "sO(nnn)nw*w*", &name, &capsule, &i, &j, &block, &stop, b, b + 1))
        return NULL;
    held = PyCapsule_GetPointer(capsule, CAPSULE);
    kernel = held ? kernel_named(name) : NULL;
    if (kernel) {
        place = (Place){i, j, block};
        Py_BEGIN_ALLOW_THREADS
        done = kernel->join(&held->index, &place, stop, b[0].buf, b[1].buf, &found, b[0].len / 4,
                            &counts);
        Py_END_ALLOW_THREADS
    }
    release(b, 2);
    if (!kernel) return NULL;
    if (done < 0) return PyErr_NoMemory();
    return Py_BuildValue("O(LLL)L(LLLL)", done ? Py_True : Py_False, (long long)place.i,
                         (long long)place.j, (long long)place.block, (long long)found,
                         (long long)counts.slab, (long long)counts.prefix,
                         (long long)counts.middle, (long long)counts.whole);
}

static PyObject *cosines(PyObject *self, PyObject *args) {
    const char *name;
    Py_ssize_t width;
    Py_buffer b[4] = {{0}};
    const Kernel *kernel;
    if (!PyArg_ParseTuple(args, "sy*ny*y*w*", &name, b, &width, b + 1, b + 2, b + 3)) return NULL;
    if ((kernel = kernel_named(name))) {
        Py_BEGIN_ALLOW_THREADS
        kernel->cosines(b[0].buf, width, b[1].buf, b[2].buf, b[3].len / 8, b[3].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 4);
    return kernel ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef methods[] = {
    {"builds", builds, METH_NOARGS, "Names of the kernels this processor runs, fastest first."},
    {"project", project, METH_VARARGS, "Rows times a basis."},
    {"quantise", quantise, METH_VARARGS, "Round rows to a sketch."},
    {"assign", assign, METH_VARARGS, "The nearest centre of each row."},
    {"maxima", maxima, METH_VARARGS, "How far each cluster reaches towards each centre."},
    {"index", index_of, METH_VARARGS, "An index for `join`; it keeps its arrays alive."},
    {"join", join, METH_VARARGS, "Pairs of some clusters that no sketch rules out."},
    {"cosines", cosines, METH_VARARGS, "Float64 dot products of pairs of rows."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_native", "The pair miner's kernel.", -1, methods,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
