// 128-bit vectors, which SSE2 and NEON have.
#define LANES 4
#define SGEMM ck_sgemm_generic
#include "sgemm.h"
