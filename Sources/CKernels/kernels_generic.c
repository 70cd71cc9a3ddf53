// 128-bit vectors, which SSE2 and NEON have.
#include "tables.h"

#if defined(CK_VECTORS)
#define LANES 4
#define TABLE ck_table_generic
#include "kernels.h"
#endif
