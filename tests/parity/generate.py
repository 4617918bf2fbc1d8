"""Writes the parity cases: python3 generate.py [--seed N] [--out FOLDER] [FAMILY...]

With PyTorch 2.13 at hand. The committed files are those of seed 1; `./x parity` makes others and runs
the tests on them.
"""

import argparse
import importlib
import pathlib
import sys
import zlib

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
from parity import Family  # noqa: E402

families = sorted(p.stem for p in HERE.glob("*.py") if p.stem not in ("parity", "generate", "papers"))
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "golden" / "parity")
parser.add_argument("families", nargs="*", metavar="FAMILY", help="of: " + " ".join(families))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)
for name in options.families or families:
    if name not in families:
        parser.error(f"unknown family {name}; there are: {' '.join(families)}")
    family = Family(name, seed=zlib.crc32(name.encode()) + options.seed)
    importlib.import_module(name).cases(family)
    family.write(options.out)
