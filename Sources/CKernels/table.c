#include "tables.h"

#include <stdatomic.h>

static const struct ck_table plain = {0};

const struct ck_table *ck_kernels_for(enum ck_vectors vectors) {
  switch (vectors) {
    case ck_plain: return &plain;
    case ck_generic:
#if defined(CK_VECTORS)
      return &ck_table_generic;
#else
      return 0;
#endif
    case ck_avx2:
#if defined(CK_AVX2)
      if (ck_has_avx2()) return &ck_table_avx2;
#endif
      return 0;
    case ck_avx_vnni:
#if defined(CK_AVX2) && CK_VNNI
      if (ck_has_avx_vnni()) return &ck_table_avx_vnni;
#endif
      return 0;
    case ck_avx512:
#if defined(CK_AVX2) && CK_VNNI
      if (ck_has_avx512()) return &ck_table_avx512;
#endif
      return 0;
  }
  return 0;
}

static const struct ck_table *fastest(void) {
  for (int vectors = ck_avx512; vectors > ck_plain; vectors--) {
    const struct ck_table *table = ck_kernels_for((enum ck_vectors)vectors);
    if (table) return table;
  }
  return &plain;
}

// Several threads may find the same answer at the same time.
static _Atomic(const struct ck_table *) current;

const struct ck_table *ck_kernels(void) {
  const struct ck_table *table = atomic_load_explicit(&current, memory_order_acquire);
  if (table) return table;
  ck_use(0);
  return atomic_load_explicit(&current, memory_order_acquire);
}

void ck_use(const struct ck_table *table) {
  atomic_store_explicit(&current, table ? table : fastest(), memory_order_release);
}

void ck_use_sgemm(ck_sgemm sgemm) {
  static struct ck_table mixed;
  mixed = *fastest();
  mixed.sgemm = sgemm;
  ck_use(sgemm ? &mixed : 0);
}
