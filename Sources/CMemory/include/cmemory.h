// The allocator of the command: jemalloc, which says so and ends the process where the system has no memory left.
#pragma once

// The command's exit status then.
extern const int cm_status_without_memory;
