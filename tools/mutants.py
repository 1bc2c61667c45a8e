"""Seeded mutants of the files a decision rests on, and whether a test notices each.

Usage: python tools/mutants.py [--count 300] [--seed 1] [--workers 2] [--only FILE] [--out FILE]

One operator, constant or condition of a file is changed in a copy of the package, and the tests that speak of the file
are run against the copy. A mutant that no test notices survives. Those that cannot be noticed, since they mean the
same, are named with their reason in docs/validation/equivalent_mutants.toml and are not counted. Exit 1 where fewer
than 95 % of the others are noticed.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "hevesy"
EQUIVALENT = ROOT / "docs" / "validation" / "equivalent_mutants.toml"
WANTED = 0.95
LIMIT_S = 900
"""For the tests of a file as it is."""
Fate = Literal["noticed", "survived", "too long"]

DECISION = (
    "tests/follow/test_dlt.py",
    "tests/follow/test_dlt_reference.py",
    "tests/conduct/test_believable.py",
    "tests/conduct/test_decision_edges.py",
    "tests/conduct/test_next_dose.py",
)
DLT = (
    "tests/follow/test_dlt_edges.py",
    *DECISION,
    "tests/follow/test_support.py",
    "tests/follow/test_blood_terms.py",
)
TESTS: dict[str, tuple[str, ...]] = {
    "follow/dlt/adverse_events.py": DLT,
    "follow/dlt/counts.py": DLT,
    "follow/dlt/status.py": DLT,
    "follow/labs.py": (
        "tests/follow/test_lab_edges.py",
        *DECISION,
        "tests/follow/test_support.py",
        "tests/follow/test_courses.py",
        "tests/test_demo.py",
    ),
    "follow/questioned.py": (
        "tests/follow/test_questioned.py",
        "tests/conduct/test_believable.py",
        "tests/conduct/test_decision_edges.py",
    ),
    "follow/endpoints.py": (
        "tests/follow/test_endpoint_edges.py",
        "tests/follow/test_endpoints.py",
        "tests/test_demo.py",
        "tests/test_clover.py",
    ),
    "follow/response/imwg.py": (
        "tests/follow/test_imwg_edges.py",
        "tests/follow/test_imwg.py",
        "tests/follow/test_imwg_laboratory.py",
    ),
    "follow/response/called.py": (
        "tests/follow/test_called_edges.py",
        "tests/follow/test_reading.py",
        "tests/follow/test_called.py",
    ),
    "follow/response/reported.py": (
        "tests/follow/test_called_edges.py",
        "tests/follow/test_reading.py",
        "tests/test_clover.py",
    ),
    "conduct/next_dose.py": (
        "tests/conduct/test_next_dose_edges.py",
        "tests/conduct/test_decision_edges.py",
        "tests/conduct/test_strata.py",
        "tests/conduct/test_next_dose.py",
        "tests/conduct/test_believable.py",
        "tests/conduct/test_expectations.py",
        "tests/study/test_cut.py",
        "tests/test_demo.py",
    ),
    "plan/escalation/three_plus_three.py": (
        "tests/plan/escalation/test_a_plus_b_reference.py",
        "tests/plan/escalation/test_three_plus_three.py",
        "tests/conduct/test_next_dose.py",
        "tests/plan/escalation/test_every_design.py",
        "tests/conduct/test_strata.py",
    ),
    "plan/escalation/interval_rules.py": (
        "tests/plan/escalation/test_interval_rules_reference.py",
        "tests/plan/escalation/test_interval.py",
        "tests/conduct/test_next_dose.py",
    ),
    "plan/escalation/rolling_six.py": (
        "tests/plan/escalation/test_rolling_six_reference.py",
        "tests/conduct/test_next_dose.py",
        "tests/conduct/test_decision_edges.py",
        "tests/conduct/test_strata.py",
        "tests/plan/escalation/test_tite.py",
        "tests/plan/escalation/test_simulate.py",
        "tests/plan/escalation/test_every_design.py",
        "tests/plan/escalation/test_rules.py",
    ),
    "study/cut.py": (
        "tests/study/test_cut_edges.py",
        "tests/study/test_cut.py",
        "tests/conduct/test_decision_edges.py",
        "tests/conduct/test_next_dose.py",
    ),
    "study/mapping.py": (
        "tests/study/test_mapping_edges.py",
        "tests/study/test_instants.py",
        "tests/study/test_mapping.py",
        "tests/conduct/test_delivery.py",
        "tests/conduct/test_redcap.py",
        "tests/follow/test_reading.py",
    ),
    "record/project.py": (
        "tests/record/test_project_edges.py",
        "tests/record/test_projection.py",
        "tests/conduct/test_believable.py",
        "tests/conduct/test_delivery.py",
        "tests/conduct/test_cdisc_pilot.py",
    ),
    "treat/prescription.py": (
        "tests/treat/test_prescription_edges.py",
        "tests/treat/test_prescription.py",
        "tests/treat/test_exposure.py",
    ),
    "treat/exposure.py": (
        "tests/treat/test_exposure_edges.py",
        "tests/treat/test_exposure.py",
        "tests/conduct/test_believable.py",
        "tests/conduct/test_decision_edges.py",
        "tests/conduct/test_dose_kinds.py",
    ),
}
"""Files that decide, and the tests that speak of them, the quickest first."""

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "earliest": "latest", "latest": "earliest"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the file, the line, what it was and what it is, and which of the places of the file it is."""

    file: str
    line: int
    was: str
    now: str
    place: int


class _Changer(ast.NodeTransformer):
    """Visits every place that can be changed, in order, and changes the one asked for."""

    def __init__(self, wanted: int | None) -> None:
        self.wanted, self.seen = wanted, 0
        self.found: list[tuple[int, str, str]] = []

    def _offer(self, node: ast.expr, changed: ast.expr) -> ast.expr:
        place, self.seen = self.seen, self.seen + 1
        self.found.append((node.lineno, ast.unparse(node), ast.unparse(changed)))
        return ast.copy_location(changed, node) if place == self.wanted else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            return self._offer(node, ast.Compare(node.left, [COMPARE[type(node.ops[0])]()], node.comparators))
        if len(node.ops) == 2 and type(node.ops[0]) in COMPARE:
            return self._offer(
                node, ast.Compare(node.left, [COMPARE[type(node.ops[0])](), node.ops[1]], node.comparators)
            )
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return self._offer(node, ast.BoolOp(other, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._offer(node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if (
            type(node.op) not in ARITHMETIC
            or isinstance(node.left, ast.JoinedStr)
            or isinstance(node.right, ast.JoinedStr)
        ):
            return node
        return self._offer(node, ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return self._offer(node, ast.Constant(not node.value))
        if isinstance(node.value, int):
            return self._offer(node, ast.Constant(node.value + 1))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            return self._offer(node, ast.Call(ast.Name(NAMES[node.func.id], ast.Load()), node.args, node.keywords))
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return node if node.arg in ("strict", "frozen", "slots", "kw_only") else self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # sentences are not decisions

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node


def mutants_of(file: str) -> list[Mutant]:
    """Every mutant of a file, in order of place."""
    changer = _Changer(None)
    changer.visit(ast.parse((PACKAGE / file).read_text()))
    return [Mutant(file, line, was, now, place) for place, (line, was, now) in enumerate(changer.found)]


def mutated(mutant: Mutant) -> str:
    """The source of a file with one change."""
    tree = _Changer(mutant.place).visit(ast.parse((PACKAGE / mutant.file).read_text()))
    return ast.unparse(ast.fix_missing_locations(tree))


FATES: dict[int | None, Fate] = {0: "survived", 1: "noticed", 2: "noticed", 4: "noticed", None: "too long"}
"""By the code of pytest: a failed test, a test file or (4) the common setup that cannot be read. Anything else is no
answer."""


class Worker:
    """A copy of the package that is changed and changed back, and the process that runs tests against it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        """What all tests of a file take as it is."""
        shutil.copytree(PACKAGE, folder / "src" / "hevesy", ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(folder / "src", quiet=1)
        environment = os.environ | {
            "PYTHONPATH": str(folder / "src"),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "h"),
        }
        command = [sys.executable, str(ROOT / "tools" / "mutant_tests.py"), str(folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, tests: list[str], limit_s: float) -> tuple[int | None, float]:
        """The code of pytest (None: it took too long) and the seconds it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"tests": tests, "limit_s": limit_s}) + "\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        return found["code"], found["seconds"]

    def target(self, file: str) -> Path:
        """The file in the copy; its bytecode is taken away, or a change of the same second and size would go unseen."""
        path = self.folder / "src" / "hevesy" / file
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            compiled.unlink()
        return path

    def fate(self, mutant: Mutant) -> Fate:
        """What becomes of a mutant.

        A test of the file fails, or none does, or they take too long (which people would notice too).

        First the tests that were written for the file; if they pass, all of them.
        """
        target = self.target(mutant.file)
        # not the file itself for its examples: pytest would take a function whose name begins with test for a test that
        # fails
        tests = [one for one in TESTS[mutant.file] if (ROOT / one).exists()]
        if mutant.file not in self.seconds:
            code, self.seconds[mutant.file] = self.run(tests, LIMIT_S)
            if code != 0:
                raise SystemExit(f"the tests of {mutant.file} do not pass as it is: {code}")
        patience_s = 20 + 3 * self.seconds[mutant.file]
        unchanged = target.read_text()
        target.write_text(mutated(mutant))
        try:
            code, _ = self.run(tests[:1], patience_s)
            if code == 0:
                code, _ = self.run(tests, patience_s)
            if code not in FATES:
                raise SystemExit(f"the tests of {mutant.file} could not be run: pytest says {code}")
            return FATES[code]
        finally:
            self.target(mutant.file).write_text(unchanged)


def equivalents() -> dict[tuple[str, str, str], str]:
    """Mutants that mean the same as what they change, with the reason."""
    if not EQUIVALENT.is_file():
        return {}
    told = tomllib.loads(EQUIVALENT.read_text()).get("mutant", [])
    return {(one["file"], one["was"], one["now"]): one["because"] for one in told}


def main() -> int:
    """Draw mutants, run them, print those that survived and the score."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", default="")
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    every = [mutant for file in TESTS if asked.only in file for mutant in mutants_of(file)]
    same = equivalents()
    drawn = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    counted = [one for one in drawn if (one.file, one.was, one.now) not in same]
    with tempfile.TemporaryDirectory() as temporary:
        workers = [Worker(Path(temporary) / str(number)) for number in range(asked.workers)]
        counted.sort(key=lambda one: (one.file, one.place))
        shares = [counted[number :: asked.workers] for number in range(asked.workers)]

        def run(work: tuple[Worker, list[Mutant]]) -> list[tuple[Mutant, Fate]]:
            worker, own = work
            found = []
            for mutant in own:
                found.append((mutant, worker.fate(mutant)))
                if found[-1][1] != "noticed":
                    print(f"{found[-1][1]}: {mutant.file}:{mutant.line}: {mutant.was}  ->  {mutant.now}", flush=True)
            return found

        with ThreadPoolExecutor(asked.workers) as pool:
            results = [one for own in pool.map(run, zip(workers, shares, strict=True)) for one in own]
    noticed, too_long = sum(fate != "survived" for _, fate in results), sum(fate == "too long" for _, fate in results)
    score = noticed / len(results) if results else 1.0
    lines = [
        f"{noticed} of {len(results)} mutants noticed ({100 * score:.1f} %), {too_long} of them since tests took too "
        f"long; {len(drawn) - len(counted)} equivalent, seed {asked.seed}"
    ]
    for file in TESTS:
        own = [fate != "survived" for mutant, fate in results if mutant.file == file]
        lines += [f"  {file}: {sum(own)} of {len(own)}"] if own else []
    print("\n".join(lines))
    if asked.out is not None:
        asked.out.write_text("\n".join(lines) + "\n")
    return 0 if score >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
