// What registers alone give: the mark that kernels are measured against.
#pragma once

// GFLOPS of separate multiplications and additions of floats, no fused ones, in vectors of `lanes` floats (4, or 8
// with AVX2), without a load or a store in the loop.
double peak_gflops(int lanes);
