// The most multiply-accumulates that a core can do: those of the kernels' inner loops, on registers alone.
#pragma once
#include <stdint.h>

// Runs so many rounds with vectors of 16 or 32 bytes, which the processor must have; returns the multiply-accumulates
// that they were. Integers of 16 bits with sums of 32, and floats whose products are rounded before they are added.
uint64_t pk_integers(int vector_bytes, uint64_t rounds);
uint64_t pk_floats(int vector_bytes, uint64_t rounds);
