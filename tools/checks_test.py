#!/usr/bin/env python3
"""The checks find what they are there to find."""

import pathlib
import tempfile
import unittest

import check_errors
import check_layers
import sources

ROOMS = """glia_room(base MAY_INCLUDE NOTHING LIBS fmt::fmt)
glia_room(tensor MAY_INCLUDE base)
glia_room(ir MAY_INCLUDE tensor)  # a comment with a glia_room(
glia_room(data MAY_INCLUDE tensor
          LIBS ZLIB::ZLIB)
"""


class Tree(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name)
        self.file("CMakeLists.txt", ROOMS)
        self.file("glia/base/error.h", "#pragma once\n#include <string>\n")
        self.file("glia/base/format.h", "// Internal: fmt.\n#include <fmt/format.h>\n")

    def file(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def layers(self):
        return "\n".join(check_layers.check_tree(self.root))

    def errors(self):
        explained, problems = check_errors.explained_codes(self.root)
        used = check_errors.used_codes(self.root)
        return problems, set(used) - set(explained), set(explained) - set(used)


class Layers(Tree):
    def test_grants_reach_through(self):
        self.file("glia/ir/graph.cpp", '#include "glia/base/error.h"\n#include <zlib.h>\n')
        self.assertEqual(self.layers(), "")

    def test_a_room_below(self):
        self.file("glia/ir/graph.h", "")
        self.file("glia/tensor/tensor.h", '\n#include "glia/ir/graph.h"\n')
        self.assertIn("tensor.h:2: room 'tensor' may not include", self.layers())

    def test_a_neighbour_that_is_not_granted(self):
        self.file("glia/ir/graph.h", "")
        self.file("glia/data/csv.cpp", '#include "glia/ir/graph.h"\n')
        self.assertIn("room 'data' may not include", self.layers())

    def test_a_comment_includes_nothing(self):
        self.file("glia/ir/graph.h", "")
        self.file("glia/data/csv.cpp", '// #include "glia/ir/graph.h"\n/*\n#include "x.h"\n*/\n')
        self.assertEqual(self.layers(), "")

    def test_the_facade_a_missing_file_and_angles(self):
        self.file("glia/glia.h", '#include "glia/base/error.h"\n')
        self.file("glia/data/csv.cpp",
                  '#include "glia/glia.h"\n#include "csv.h"\n#include <glia/base/error.h>\n')
        for line in (1, 2, 3):
            self.assertIn(f"csv.cpp:{line}: ", self.layers())

    def test_a_room_without_a_line_and_a_room_out_of_order(self):
        self.file("glia/extra/a.h", "")
        self.assertIn("no glia_room(extra", self.layers())
        self.file("CMakeLists.txt", "glia_room(extra MAY_INCLUDE base)\n" + ROOMS)
        self.assertIn("'base', which does not stand above it", self.layers())

    def test_third_parties_in_public_headers(self):
        self.file("glia/data/csv.h", "#include <vector>\n#include <zlib.h>\n")
        self.file("glia/data/other.h", '#include "glia/base/format.h"\n')
        self.assertIn('csv.h:2: a public header includes <zlib.h>', self.layers())
        self.assertIn('other.h:1: a public header includes the internal', self.layers())

    def test_manners(self):
        for code in ("std::cout << 1;", 'printf("x");', "std::exit(1);", "::_exit(1);", "abort();",
                     'std::getenv("HOME");', 'fmt::print("x");', "int n = 1'000; exit(n);"):
            self.file("glia/data/csv.cpp", code + "\n")
            self.assertIn("csv.cpp:1: ", self.layers(), code)
            self.file("glia/data/csv.cpp", "// " + code + "\n")
            self.assertEqual(self.layers(), "", code)
        for code in ('snprintf(b, 9, "x");', "scope.exit(1);", 'fail("abort(), exit()");',
                     "self->exit();", "on_exit(1);", 'auto s = R"(abort(")";', "Scope::exit();"):
            self.file("glia/data/csv.cpp", code + "\n")
            self.assertEqual(self.layers(), "", code)

    def test_the_command_may(self):
        self.file("glia/ir/graph.h", "")
        self.file("glia/cli/main.cpp", '#include "glia/ir/graph.h"\nint main() { exit(1); }\n')
        self.assertEqual(self.layers(), "")


class Errors(Tree):
    def test_used_and_explained(self):
        self.file("glia/data/csv.cpp", '// E-CSV-09\nfail("E-CSV-01", "x"); fail("E-CSV-02", "y");\n')
        self.file("docs/errors.d/data.md", "# CSV\n\n- **E-CSV-01** Mend it.\n- **E-CSV-03** Gone.\n")
        self.assertEqual(self.errors(), ([], {"E-CSV-02"}, {"E-CSV-03"}))

    def test_explained_twice_or_badly(self):
        self.file("glia/data/csv.cpp", 'fail("E-CSV-01", "x");\n')
        self.file("docs/errors.d/a.md", "- **E-CSV-01** Mend it.\n- **E-CSV-02**\n")
        self.file("docs/errors.d/b.md", "- **E-CSV-01** Mend it otherwise.\n")
        self.assertEqual(len(self.errors()[0]), 2)


class Reading(unittest.TestCase):
    def test_lines_stay(self):
        text = 'a /* 1\n2 */ b "x\\"//y" // c\n1\'000\'000 \'"\' d\n'
        bare = sources.without(text, "comment", "text", "letter")
        self.assertEqual(bare.split(), ["a", "b", "1'000'000", "d"])
        self.assertEqual(bare.count("\n"), text.count("\n"))


if __name__ == "__main__":
    unittest.main()
