#include "espalier.h"

const char *espalier_status_text(espalier_status status) {
  switch (status) {
    case ESPALIER_OK: return "done";
    case ESPALIER_DIVERGED: return "training diverged";
    case ESPALIER_TOO_SMALL: return "a block of memory is too small";
    case ESPALIER_USAGE: return "a call that cannot be meant";
    case ESPALIER_MALFORMED: return "damaged, or not belonging together";
    case ESPALIER_NOT_FOUND: return "not there";
    case ESPALIER_CANNOT_WRITE: return "cannot be written";
    case ESPALIER_CANNOT_READ: return "cannot be read";
  }
  return "no status of espalier";
}
