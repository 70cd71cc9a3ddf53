// Every family for vectors of LANES floats, and the table TABLE of them. A file for each instruction set defines both.
//
// All tables give the bits of the plain kernels: in float, vectors run over columns or channels, never along a sum, and
// each product is rounded before it is added. Sums of integers are exact.
#include "tables.h"
#include <stddef.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

// Whether the same is compiled once for all cases rather than for the usual ones alone, as runners of boards are.
#if defined(__OPTIMIZE_SIZE__)
enum { is_small = 1 };
#else
enum { is_small = 0 };
#endif

// Loops over what stays in registers, also where code is compiled for its size.
#define UNROLL _Pragma("clang loop unroll(full)")

static inline int least(int a, int b) { return a < b ? a : b; }

#include "sgemm.h"
#include "depthwise.h"
#include "masks.h"

#define BYTES (4 * LANES)
#include "lanes.h"
#if defined(VNNI) || defined(__aarch64__)
#include "tiles8.h"
#else
#include "tiles16.h"
#endif
#include "blocks.h"
#include "strips.h"
#include "requantize.h"
#include "epilogues.h"
#include "channels16.h"
#include "views.h"
#include "depthwise8.h"
#include "depthwise_dw.h"
#include "update8.h"
#include "moments8.h"
#include "elements8.h"

static const struct ck_tiles integers = {
    .bytes = sizeof(operand),
    .group = group,
    .strip = strip,
    .pack_gradients = pack_gradients,
    .pack_rows = pack_rows,
    .pack_columns = pack_columns,
    .pack_pixels = pack_pixels,
    .dot = dot,
    .requantize = requantize,
    .gradient = gradient_rows,
};

// What is left out here is a static function that nobody calls, and not linked.
const struct ck_table TABLE = {
    .tiles = CK_TILES ? &integers : 0,
    .depthwise8 = CK_DEPTHWISE8 ? depthwise8 : 0,
    .depthwise8_dx = CK_DEPTHWISE8 ? depthwise8_dx : 0,
    .depthwise8_dw = CK_DEPTHWISE8 ? depthwise8_dw : 0,
    .reals = CK_TILES || CK_DEPTHWISE8 ? reals : 0,
    .update8 = CK_UPDATE8 ? update8 : 0,
    .moments8 = CK_UPDATE8 ? moments8 : 0,
    .mask8 = CK_ELEMENTS8 ? mask8 : 0,
    .range8 = CK_ELEMENTS8 ? range8 : 0,
    .sums8 = CK_ELEMENTS8 ? sums8 : 0,
    .cast8 = CK_ELEMENTS8 ? cast8 : 0,
    .add8 = CK_ELEMENTS8 ? add8 : 0,
    .sgemm = CK_SGEMM ? sgemm : 0,
    .depthwise = CK_DEPTHWISE ? depthwise : 0,
    .depthwise_dx = CK_DEPTHWISE_DX ? depthwise_dx : 0,
    .depthwise_dw = CK_DEPTHWISE_DW ? depthwise_dw : 0,
    .mask32 = CK_MASKS ? mask32 : 0,
    .gate32 = CK_MASKS ? gate32 : 0,
};
