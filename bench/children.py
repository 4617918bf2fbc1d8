"""The processes that compare.py drives: ours, and the peer under several allocators."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent

# What PyTorch's own tuning guide and glibc's manual offer against page faults of large tensors.
ALLOCATORS = {
    "default": {},
    "glibc tuned": {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "4294967296",
                    "MALLOC_TOP_PAD_": "67108864"},
    "jemalloc": {"LD_PRELOAD": "libjemalloc.so.2",
                 "MALLOC_CONF": "oversize_threshold:1,background_thread:true,metadata_thp:auto,"
                                "dirty_decay_ms:9000000000,muzzy_decay_ms:9000000000"},
    "tcmalloc": {"LD_PRELOAD": "libtcmalloc_minimal.so.4", "TCMALLOC_RELEASE_RATE": "0"},
}


def available_allocators(folder):
    """Those whose library lies in the folder of peers, or in the system; with its path filled in."""
    found = {}
    places = [folder, Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib/aarch64-linux-gnu"), Path("/usr/lib64")]
    for name, settings in ALLOCATORS.items():
        settings = dict(settings)
        if "LD_PRELOAD" in settings:
            library = next((p / settings["LD_PRELOAD"] for p in places if (p / settings["LD_PRELOAD"]).exists()), None)
            if library is None:
                continue
            settings["LD_PRELOAD"] = str(library)
        found[name] = settings
    return found


class ChildError(RuntimeError):
    pass


class Child:
    """A long-lived process that answers a line with a line of JSON."""

    def __init__(self, command, settings=None):
        self.command = command
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "MKL_", "KMP_", "MALLOC_"))}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**environment, **(settings or {})})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            raise ChildError(f"{self.command[0]} ended with status {self.process.wait()} at: {line}")
        reply = json.loads(reply)
        if isinstance(reply, dict) and "error" in reply:
            raise ChildError(f"{line}\n  {reply['error']}")
        return reply

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Children:
    """One of ours and one of the peer's for each number of threads and allocator, made when first asked for."""

    def __init__(self, build, peers):
        self.build, self.allocators = build, available_allocators(peers / "allocators")
        self.ours, self.theirs = {}, {}

    def our(self, threads):
        if threads not in self.ours:
            self.ours[threads] = Child([str(self.build / "bench_worker")])
        return self.ours[threads]

    def peer(self, threads, allocator):
        key = threads, allocator
        if key not in self.theirs:
            child = Child([sys.executable, str(BENCH / "peer.py")], self.allocators[allocator])
            self.version = child.ask(json.dumps({"do": "hello", "threads": threads}))["version"]
            self.theirs[key] = child
        return self.theirs[key]

    def end(self):
        for child in [*self.ours.values(), *self.theirs.values()]:
            child.end()


def start_to_line(command):
    """Seconds from starting a process to the last line it writes, and that line. What it costs to end is not
    counted for a process that ends by itself at once after its line."""
    read, write = os.pipe()
    devnull = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter_ns()
    child = os.posix_spawn(command[0], command, os.environ,
                           file_actions=[(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, devnull, 2),
                                         (os.POSIX_SPAWN_CLOSE, read)])
    os.close(write)
    text, last = b"", start
    while chunk := os.read(read, 65536):
        text, last = text + chunk, time.perf_counter_ns()
    os.close(read)
    os.close(devnull)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise ChildError(f"{' '.join(command)} failed")
    lines = text.decode().split("\n")
    return {"wall": last - start, "cpu": (usage.ru_utime + usage.ru_stime) * 1e9}, [x for x in lines if x][-1]
