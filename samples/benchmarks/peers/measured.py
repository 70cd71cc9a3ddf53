"""Runs a command and prints its CPU time and time in seconds and its peak of memory in bytes, as JSON.

A process inherits the peak of the one that starts it, so this one is small: python -I -S measured.py COMMAND...
"""

import os
import sys
import time

start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
cpu = usage.ru_utime + usage.ru_stime
print(f'{{"cpu": {cpu}, "wall": {wall}, "peak": {usage.ru_maxrss * 1024}}}')
sys.exit(os.waitstatus_to_exitcode(status))
