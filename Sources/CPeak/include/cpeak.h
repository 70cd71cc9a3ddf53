// The most multiply-accumulates that a core can do: those of the kernels' inner loops, on registers alone.
#pragma once
#include <stdint.h>

// Runs so many rounds with vectors of 16, 32 or 64 bytes, which the processor must have; returns the
// multiply-accumulates that they were. Integers of 16 bits, or of 8 where the processor has instructions for these
// (32 and 64 bytes), with sums of 32 bits; and floats whose products are rounded before they are added.
uint64_t pk_integers(int vector_bytes, int are_bytes, uint64_t rounds);
uint64_t pk_floats(int vector_bytes, uint64_t rounds);
