#!/usr/bin/env python3
"""Every error code that the sources use is explained once in docs/errors.d/, and every one that is
explained is used. One line each: - **E-AREA-NN** what it means and what to do."""

import argparse
import pathlib
import re
import sys

import sources

CODE = re.compile(r"\bE-[A-Z][A-Z0-9]*-\d{2,3}\b")
ENTRY = re.compile(r"^- \*\*(E-[A-Z][A-Z0-9]*-\d{2,3})\*\* \S.*$")


def used_codes(root):
    """{code: first place}, from string literals: a comment may speak of a code that is not used."""
    places = {}
    for path in sources.sources(root / "glia"):
        for line, literal in sources.literals(path.read_text(encoding="utf-8")):
            for code in CODE.findall(literal):
                places.setdefault(code, f"{path}:{line}")
    return places


def explained_codes(root):
    places, problems = {}, []
    for path in sorted((root / "docs" / "errors.d").glob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.startswith("- **E-"):
                continue
            here, entry = f"{path}:{number}", ENTRY.match(line)
            if not entry:
                problems.append(f"{here}: expected '- **E-AREA-NN** explanation', got: {line}")
            elif entry.group(1) in places:
                problems.append(f"{here}: {entry.group(1)} is explained already, at "
                                f"{places[entry.group(1)]}")
            else:
                places[entry.group(1)] = here
    return places, problems


def main():
    parser = argparse.ArgumentParser(description="Holds error codes against docs/errors.d/.")
    parser.add_argument("--root", type=pathlib.Path, default=sources.ROOT)
    root = parser.parse_args().root
    used = used_codes(root)
    explained, problems = explained_codes(root)
    problems += [f"{place}: {code} is not explained in docs/errors.d/"
                 for code, place in sorted(used.items()) if code not in explained]
    problems += [f"{place}: {code} is explained and used nowhere"
                 for code, place in sorted(explained.items()) if code not in used]
    return sources.report(problems, f"{len(used)} error codes, each explained")


if __name__ == "__main__":
    sys.exit(main())
