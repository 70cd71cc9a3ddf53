// Blocks: groups of steps of 16 columns, and strips of gradients.

// Rows of weights as a block: the columns of the block are the rows, up to 16 of them; the others are zeros.
static void pack_rows(const int8_t *w, ptrdiff_t ld, int rows, int depth, void *to) {
  operand *block = to;
  int k = rows == block_columns ? pack_whole_rows(w, ld, depth, block) : 0;
  for (; k < depth; k += group)
    for (int o = 0; o < block_columns; o++)
      for (int h = 0; h < group; h++)
        block[k * block_columns + group * o + h] = o < rows && k + h < depth ? w[o * ld + k + h] : 0;
}

// Some rows of weights as steps of a group, from its `at`-th one on; the first of them begins with zeros.
static void pack_part(int at, int rows, int columns, const int8_t *w, ptrdiff_t ld, operand *block) {
  if (at == 0) __builtin_memset(block, 0, group * block_columns * sizeof *block);
  for (int g = 0; g < rows; g++)
    for (int j = 0; j < columns; j++) block[j * group + at + g] = w[g * ld + j];
}

// Rows of weights as a block whose steps they are, from `step` on: `columns` of each, up to 16; the others are zeros.
static void pack_columns(int step, int rows, int columns, const int8_t *w, ptrdiff_t ld, void *to) {
  operand *block = (operand *)to + (step - step % group) * block_columns;
  for (int at = step % group, part; rows > 0; rows -= part, w += part * ld, at = 0, block += group * block_columns) {
    part = least(group - at, rows);
    if (part < group) {
      pack_part(at, part, columns, w, ld, block);
      continue;
    }
    struct step_row four[group];
    for (int g = 0; g < group; g++) {
      int8_t padded[block_columns] = {0};
      if (columns < block_columns) __builtin_memcpy(padded, w + g * ld, (size_t)columns);
      four[g] = weight_row(columns < block_columns ? padded : w + g * ld);
    }
    pack_group(four, 0, block);
  }
}

// 16 columns of 16 rows as rows: four times each row is merged with the one eight further on.
static void transpose16(const int8_t *x, ptrdiff_t ld_x, operand *strip, ptrdiff_t ld) {
  typedef int8_t bytes __attribute__((vector_size(16), aligned(1), may_alias));
  typedef operand operands __attribute__((vector_size(16 * sizeof(operand)), aligned(1), may_alias));
  bytes a[16], b[16];
  for (int i = 0; i < 16; i++) a[i] = *(const bytes *)(x + i * ld_x);
  for (int step = 0; step < 4; step++) {
    for (int i = 0; i < 8; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      b[2 * i + 1] =
          __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; i++) a[i] = b[i];
  }
  for (int i = 0; i < 16; i++) *(operands *)(strip + i * ld) = __builtin_convertvector(a[i], operands);
}

// Columns of gradients as rows of a strip: `columns` of them, of `rows` steps each, then zeros up to `ld`; and what their
// products with pixels begin with.
static void transpose_bytes(
    int rows, int columns, const int8_t *x, ptrdiff_t ld_x, int zero, void *to, ptrdiff_t ld, int32_t *starts) {
  operand *const strip = to;
  int whole = 0;
  for (; whole + 16 <= columns; whole += 16)
    for (int r = 0; r + 16 <= rows; r += 16) transpose16(x + r * ld_x + whole, ld_x, strip + whole * ld + r, ld);
  for (int j = 0; j < columns; j++) {
    operand *row = strip + j * ld;
    for (int r = j < whole ? rows & ~15 : 0; r < rows; r++) row[r] = x[r * ld_x + j];
    for (ptrdiff_t r = rows; r < ld; r++) row[r] = 0;
    if (sizeof *row > 1) continue;
    int32_t sum = 0;
    for (int r = 0; r < rows; r++) sum += row[r];
    starts[j] = -excess_of(sum, zero);
  }
}
