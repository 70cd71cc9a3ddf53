#pragma once
#include <cblas.h>

// LAPACK's eigenvalues of a symmetric matrix, which OpenBLAS holds but Debian's headers of it do not declare.
void dsyev_(
    const char *job, const char *part, const int *order, double *matrix, const int *leading, double *values, double *work,
    const int *work_count, int *status);
