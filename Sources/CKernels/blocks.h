// Groups of steps: blocks of 16 columns, and gradients.

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

// Gradients of some pixels as groups of steps, whose columns stand side by side; and what the products of each column
// with pixels begin with.
static void pack_gradients(
    int rows, int columns, const int8_t *x, ptrdiff_t ld_x, int zero, void *to, int32_t *starts) {
  operand *out = to;
  if (sizeof *out == 1) __builtin_memset(starts, 0, (size_t)columns * sizeof *starts);
  // What a group writes behind its last column is written over by the next one.
  for (int r = 0; r < rows; r += group, x += group * ld_x, out += group * columns)
    for (int j = 0; j < columns; j += block_columns) {
      const int count = least(block_columns, columns - j);
      struct step_row steps[group];
      for (int g = 0; g < group; g++) {
        int8_t padded[block_columns] = {0};
        const int8_t *row = x + g * ld_x + j;
        if (r + g >= rows) row = padded;
        else if (count < block_columns) row = __builtin_memcpy(padded, row, (size_t)count);
        steps[g] = weight_row(row);
      }
      pack_group(steps, 0, out + group * j);
      add_to_starts(out + group * j, count, starts + j);
    }
  for (int j = 0; sizeof *out == 1 && j < columns; j++) starts[j] *= -excess_of(zero);
}
