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

// What is left out here is a static function that nobody calls, and not linked.
const struct ck_table TABLE = {
    .sgemm = CK_SGEMM ? sgemm : 0,
    .depthwise = CK_DEPTHWISE ? depthwise : 0,
    .depthwise_dx = CK_DEPTHWISE_DX ? depthwise_dx : 0,
    .depthwise_dw = CK_DEPTHWISE_DW ? depthwise_dw : 0,
};
