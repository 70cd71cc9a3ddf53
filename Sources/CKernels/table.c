#include "ckernels.h"

static struct ck_table table;

struct ck_table *ck_kernels(void) { return &table; }
