#!/usr/bin/env python3
"""Holds the sources against the list of rooms in CMakeLists.txt.

- A room includes only what glia_room(... MAY_INCLUDE ...) in CMakeLists.txt grants it, and what that
  may include in turn. Rooms stand there in their order: none may name one below itself.
- A public header includes the standard library and public headers of ours, nothing else. Headers
  whose first comment begins with "Internal" are exempt.
- Only glia/cli prints, exits or reads the environment.

With --installed FOLDER: only the second rule, on the headers of an installed package.
"""

import argparse
import pathlib
import re
import sys

import sources

STANDARD = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv
    chrono cinttypes climits clocale cmath codecvt compare complex concepts condition_variable
    coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar
    cwctype deque exception execution filesystem format forward_list fstream functional future
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
    memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
    scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
    stop_token streambuf string string_view strstream syncstream system_error thread tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    version""".split()
)

# Not behind `.`, `->` or another name, so that run.exit() and my_abort() pass.
CALL = r"(?<![\w.>:])(?:std::|::)?"
FORBIDDEN = [
    (re.compile(r"\bstd::(?:cout|cerr|clog|print|println)\b|\bfmt::print\b"), "prints"),
    (re.compile(CALL + r"(?:printf|fprintf|vprintf|puts|fputs|putchar|perror)\s*\("), "prints"),
    (re.compile(CALL + r"(?:exit|_exit|_Exit|quick_exit|abort|terminate)\s*\("), "exits"),
    (re.compile(CALL + r"(?:secure_)?getenv\s*\(|" + CALL + r"(?:setenv|putenv)\s*\("),
     "uses the environment"),
]


def read_rooms(cmake):
    """{room: rooms that it may include}, closed, in order; and problems of the list itself."""
    rooms, problems = {}, []
    for match in re.finditer(r"^glia_(?:room|module)\(([^)]*)\)", re.sub(r"#[^\n]*", "", cmake), re.MULTILINE):
        words = match.group(1).split()
        name, granted, taking = words[0], [], False
        for word in words[1:]:
            if word in ("MAY_INCLUDE", "LIBS"):
                taking = word == "MAY_INCLUDE"
            elif taking and word != "NOTHING":
                granted.append(word)
        closed = {name}
        for other in granted:
            if other not in rooms:
                problems.append(f"CMakeLists.txt: room '{name}' may include '{other}', which does "
                                "not stand above it")
            closed |= rooms.get(other, set())
        rooms[name] = closed
    return rooms, problems


def check_public_header(path, root):
    text = path.read_text(encoding="utf-8")
    if sources.is_internal(text):
        return
    for line, kind, what in sources.includes(text):
        if kind == "<" and what not in STANDARD:
            yield f"{path}:{line}: a public header includes <{what}>; keep it in a source"
        elif kind == '"' and (root / what).suffix == ".h" and (root / what).is_file():
            if sources.is_internal((root / what).read_text(encoding="utf-8")):
                yield f"{path}:{line}: a public header includes the internal \"{what}\""


def check_includes(path, room, granted, root):
    for line, kind, what in sources.includes(path.read_text(encoding="utf-8")):
        if kind == "<":
            if what.startswith("glia/"):
                yield f"{path}:{line}: write \"{what}\", not <{what}>"
            continue
        if not what.startswith("glia/") or not (root / what).is_file():
            yield f"{path}:{line}: \"{what}\" is no file below the root; includes read \"glia/...\""
            continue
        parts = pathlib.PurePosixPath(what).parts
        other = parts[1] if len(parts) > 2 else None
        if other is None:
            yield f"{path}:{line}: the facade \"{what}\" is for users; include what is used"
        elif other not in granted:
            yield (f"{path}:{line}: room '{room}' may not include \"{what}\"; granted in "
                   f"CMakeLists.txt: {', '.join(sorted(granted))}")


def check_manners(path):
    code = sources.without(path.read_text(encoding="utf-8"), "comment", "raw", "text", "letter")
    for number, line in enumerate(code.split("\n"), 1):
        for pattern, does in FORBIDDEN:
            if pattern.search(line):
                yield f"{path}:{number}: {does}; only glia/cli may: {line.strip()}"


def check_tree(root):
    rooms, problems = read_rooms((root / "CMakeLists.txt").read_text(encoding="utf-8"))
    if not rooms:
        problems.append("CMakeLists.txt: no glia_room(...) found")
    everything = set(rooms) | {"cli"}
    for folder in sorted(p for p in (root / "glia").iterdir() if p.is_dir()):
        room = folder.name
        if room not in everything:
            problems.append(f"{folder}: no glia_room({room} ...) in CMakeLists.txt")
            continue
        for path in sources.sources(folder):
            problems += check_includes(path, room, rooms.get(room, everything), root)
            if room != "cli":
                problems += check_manners(path)
    for path in sources.sources(root / "glia", (".h",)):
        if path.parent.name != "cli":
            problems += check_public_header(path, root)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=sources.ROOT)
    parser.add_argument("--installed", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()
    if options.installed:
        headers = sources.sources(options.installed, (".h",))
        problems = [p for h in headers for p in check_public_header(h, options.installed)]
        if not headers:
            problems.append(f"{options.installed}: no headers")
        return sources.report(problems, f"{len(headers)} installed headers stand alone")
    return sources.report(check_tree(options.root), "layers are as planned")


if __name__ == "__main__":
    sys.exit(main())
