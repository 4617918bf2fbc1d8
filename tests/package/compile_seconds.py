#!/usr/bin/env python3
"""compile_seconds.py LIMIT COMMAND...: runs it and fails where it takes more seconds of processor time.

Processor time, not the clock's: it is the same within a fifth on a busy machine. A user's program is to
compile in 6 seconds; the limit that a test gives is twice that, for slower machines.
"""

import resource
import subprocess
import sys

limit, command = float(sys.argv[1]), sys.argv[2:]
subprocess.run(command, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = used.ru_utime + used.ru_stime
print(f"{seconds:.1f} s of processor time (limit {limit:g} s)")
sys.exit(seconds > limit)
