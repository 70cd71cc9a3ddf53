#include "decode.h"

// Numbers of a TIFF header in the byte order that it states.
static uint32_t number(const uint8_t *bytes, int size, int is_little) {
  uint32_t value = 0;
  for (int i = 0; i < size; i++) value = value << 8 | bytes[is_little ? size - 1 - i : i];
  return value;
}

int ci_exif_orientation(const uint8_t *bytes, size_t count) {
  enum { header_bytes = 8, entry_bytes = 12, orientation_tag = 0x0112, short_type = 3 };
  if (count < header_bytes || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M')) return 1;
  int is_little = bytes[0] == 'I';
  size_t directory = number(bytes + 4, 4, is_little);
  if (number(bytes + 2, 2, is_little) != 42 || directory > count || count - directory < 2) return 1;
  size_t entries = number(bytes + directory, 2, is_little);
  const uint8_t *entry = bytes + directory + 2;
  size_t left = count - directory - 2;
  for (; entries > 0 && left >= entry_bytes; entries--, entry += entry_bytes, left -= entry_bytes) {
    if (number(entry, 2, is_little) != orientation_tag || number(entry + 2, 2, is_little) != short_type) continue;
    uint32_t orientation = number(entry + 8, 2, is_little);
    return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
  }
  return 1;
}
