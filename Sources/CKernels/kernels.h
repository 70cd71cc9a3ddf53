// Every family for vectors of LANES floats, and the table TABLE of them. A file for each instruction set defines both.
//
// All tables give the bits of the plain kernels: vectors run over columns or channels, never along a sum, and each
// product is rounded before it is added.
#include "tables.h"
#include <stddef.h>

#pragma STDC FP_CONTRACT OFF

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static inline int least(int a, int b) { return a < b ? a : b; }

#include "sgemm.h"
#include "depthwise.h"

const struct ck_table TABLE = {
    .sgemm = sgemm,
    .depthwise = depthwise,
    .depthwise_dx = depthwise_dx,
    .depthwise_dw = depthwise_dw,
};
