"""Prints the median time of a command over several runs: time_command.py RUNS NAME COMMAND..."""

import statistics
import subprocess
import sys
import time

runs, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
times = []
for _ in range(runs):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    times.append(time.perf_counter() - start)
print(f"{name}: {1000 * statistics.median(times):.0f} ms, median of {runs}")
