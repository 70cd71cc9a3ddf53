// 128-bit vectors, which SSE2 and NEON have.
#define LANES 4
#define TABLE ck_table_generic
#include "kernels.h"
