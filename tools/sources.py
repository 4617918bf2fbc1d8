"""What the checks share: the project's sources and what stands in them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Numbers are taken first, so that the ' in 1'000 opens no literal; an include is no literal either.
TOKEN = re.compile(
    r"""(?P<number>(?<![\w"'])\d[\w.']*)
      | (?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
      | (?P<raw>R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)")
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<letter>'(?:\\.|[^'\\\n])*')""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')


def without(text, *kinds):
    """The text with the tokens of these kinds blanked; line numbers stay."""

    def blanked(match):
        if any(match.group(kind) is not None for kind in kinds):
            return re.sub(r"[^\n]", " ", match.group())
        return match.group()

    return TOKEN.sub(blanked, text)


def literals(text):
    """The string literals of a source, with their line numbers."""
    for match in TOKEN.finditer(text):
        literal = match.group("text") or match.group("raw")
        if literal:
            yield text.count("\n", 0, match.start()) + 1, literal


def includes(text):
    """(line, '<' or '"', what) for each include."""
    for number, line in enumerate(without(text, "comment").split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def is_internal(text):
    """A header whose first comment begins with "Internal" is no part of the public interface."""
    first = re.match(r"\s*(//|/\*)\s*(\w+)", text)
    return bool(first) and first.group(2) == "Internal"


def sources(folder, suffixes=(".h", ".cpp", ".def")):
    return sorted(p for p in folder.rglob("*") if p.suffix in suffixes and p.is_file())


def report(problems, fine):
    """Prints the problems, or that all is well; the exit code."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problem(s)" if problems else fine)
    return 1 if problems else 0
