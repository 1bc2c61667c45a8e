"""What bars measure by themselves: costs, ratios and counts at full size, each a sentence and whether it is met."""

from __future__ import annotations

import ast
import compileall
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))


def mutants() -> tuple[str, bool]:
    """The score of 300 seeded mutants."""
    command = [sys.executable, "tools/mutants.py", "--count", "300", "--seed", datetime.now(UTC).strftime("%Y%m%d")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"\d+ of \d+ mutants noticed[^\n]*", ran.stdout)
    survivors = re.findall(r"^survived: ([^\n|]*)", ran.stdout, re.M)
    told = f"; not noticed: {'; '.join(survivors)}" if survivors else ""
    return (found[0] + told if found else "did not run"), ran.returncode == 0


def laboratory_rows() -> tuple[str, bool]:
    """CPU seconds of import and readout of the SDTM reference's 59,580 laboratory rows."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with tarfile.open(REFERENCE / "sdtm" / "pharmaversesdtm_xpt.tar.xz") as archive:
            for name in ("dm", "ex", "ae", "lb"):
                archive.extract(f"{name}.xpt", folder, filter="data")
        arms = "".join(f'[[arm]]\ncode = "{code}"\nname = "{code}"\n' for code in ("Pbo", "Xan_Lo", "Xan_Hi"))
        about = '[study]\nid = "P"\ntitle = "P"\nctcae_version = "5.0"\nunassigned_arms = ["Scrnfail"]\n'
        (folder / "protocol.toml").write_text(about + arms)
        program = [sys.executable, "-c", "from hevesy.cli import main; main()"]

        def seconds(*arguments: str) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([*program, *arguments], cwd=folder, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        seconds("study", "init", "s", "--protocol", "protocol.toml", "--mapping", "sdtm")
        taken = seconds("study", "import", "s", "dm.xpt", "ex.xpt", "ae.xpt", "lb.xpt")
        read = seconds("readout", "s")
    return f"import {taken:.1f} s, readout {read:.1f} s of CPU", taken <= 5 and read <= 5


BEFORE_SHARED_RESULTS = "9d921dd"
"""The commit that a readout of many subjects is held against."""


def large_study() -> tuple[str, bool]:
    """A study of 5,000 subjects, 60 laboratory rows each: import, import of nothing new, readout against 9d921dd."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.large_study import write_study

    counted = (
        "import resource, sys\nfrom hevesy.cli import main\ntry:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)\n"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = [str(path) for path in write_study(folder / "files", 5_000)]
        before = _checkout(BEFORE_SHARED_RESULTS, folder / "before")
        plan = Path("hevesy", "examples", "clr131", "protocol.toml")

        def cost(*arguments: str, source: Path = ROOT / "src") -> tuple[float, float]:
            environment = {**os.environ, "PYTHONPATH": str(source)}
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            ran = subprocess.run(
                [sys.executable, "-c", counted, *arguments],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            cpu_s, memory_MB = ran.stderr.split()[-2:]
            return float(cpu_s), float(memory_MB)

        for name, source in (("s", ROOT / "src"), ("b", before)):
            cost("study", "init", name, "--protocol", str(source / plan), "--mapping", "clr131", source=source)
        taken, again = cost("study", "import", "s", *files), cost("study", "import", "s", *files)
        cost("study", "import", "b", *files, source=before)
        read, was = cost("readout", "s"), cost("readout", "b", source=before)
        (said,) = (folder / "s").glob("readouts/*/readout.json")
        said_MB = said.stat().st_size / 1e6
    met = taken[1] <= 0.6 * 748 and read[1] <= 600 and again[0] <= 9.8 / 3 and said_MB <= 12
    told = (
        f"import {taken[1]:.0f} MB, readout {read[1]:.0f} MB, import of nothing new {again[0]:.1f} s of CPU; "
        f"readout {read[0]:.1f} s, {read[0] / was[0]:.2f} of {BEFORE_SHARED_RESULTS}; readout.json {said_MB:.1f} MB"
    )
    return told, met and read[0] / was[0] <= 20 / 32


def bootstrap_patients() -> tuple[str, bool]:
    """CPU of 1,000 bootstrap patients and of one patient's fits."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.kinetics import bootstrap_s, fit_s

    spent, one = bootstrap_s(), fit_s()
    return f"{spent:.1f} s of CPU; one patient's fits {one:.2f} s", spent <= 60


def deliveries() -> tuple[str, bool]:
    """CPU of the 50th import of 5,000 rows against the first, the check of the record included.

    Of the last five the median is taken for the 50th.
    """
    sys.path.insert(0, str(ROOT))
    from benchmarks.deliveries import seconds

    ratios = {}
    for kind in ("corrected", "reexported", "equal"):
        spent = seconds(kind)
        ratios[kind] = statistics.median(spent[-5:]) / spent[0]
    told = ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items())
    return f"of the first: {told}", max(ratios.values()) <= 2.0


def spreadsheets() -> tuple[str, bool]:
    """Cells of a hostile study's tables that LibreOffice takes for formulas.

    A file without the guard shows that it would.
    """
    if shutil.which("soffice") is None:
        return "LibreOffice is not installed", False
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study, example = folder / "study", ROOT / "src" / "hevesy" / "examples" / "clr131"
        program = [sys.executable, "-m", "hevesy"]
        begin = ["study", "init", str(study), "--protocol", str(example / "protocol.toml"), "--mapping", "clr131"]
        subprocess.run([*program, *begin], capture_output=True, check=True)
        header, *rows = (example / "sources" / "ae.csv").read_text(encoding="utf-8").splitlines()
        terms = ('=HYPERLINK("http://x")', "@SUM(1+1)", "+1+1", "-1+1", "=1+1")
        place = header.split(",").index("preferred_term")
        hostile = [
            [*row.split(",")[:place], terms[number % 5].replace(",", ""), *row.split(",")[place + 1 :]]
            for number, row in enumerate(rows)
        ]
        (folder / "in").mkdir()
        (folder / "in" / "ae.csv").write_text(
            "\n".join([header, *(",".join(cells) for cells in hostile)]) + "\n", encoding="utf-8"
        )
        others = [str(path) for path in sorted((example / "sources").glob("*.csv")) if path.name != "ae.csv"]
        subprocess.run(
            [*program, "study", "import", str(study), str(folder / "in" / "ae.csv"), *others],
            capture_output=True,
            check=True,
        )
        subprocess.run([*program, "readout", str(study)], capture_output=True, check=True)
        (folder / "bare.csv").write_text("a\n=1+1\n", encoding="utf-8")
        tables = [str(path) for path in sorted(study.glob("readouts/*/tables/*.csv"))]
        convert = [
            "soffice",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "fods",
            "--outdir",
        ]
        subprocess.run(
            [*convert, str(folder / "opened"), str(folder / "bare.csv"), *tables], capture_output=True, check=True
        )
        formulas = {
            path.stem: path.read_text(encoding="utf-8").count("table:formula=") for path in folder.glob("opened/*.fods")
        }
    bare = formulas.pop("bare", 0)
    told = (
        f"{sum(formulas.values())} formulas in {len(formulas)} of {len(tables)} tables; "
        f"{bare} in a file without the guard"
    )
    return told, sum(formulas.values()) == 0 and len(formulas) == len(tables) and bare == 1


def proportional_hazards() -> tuple[str, bool]:
    """The test of proportional hazards beside R's cox.zph of the same rows, in one run.

    Of 100,000 rows with 10 covariates.
    """
    if shutil.which("Rscript") is None:
        return "R is not installed", False
    import numpy as np

    from hevesy.stats.regression import cox
    from hevesy.stats.regression import proportional_hazards as tested

    rng = np.random.default_rng(1)
    x = rng.normal(size=(100_000, 10))
    time_d = np.ceil(rng.exponential(400, 100_000) * np.exp(-x @ np.full(10, 0.05)))
    event = rng.random(100_000) < 0.7
    fit = cox(time_d, event, x, [f"x{place}" for place in range(10)])
    tested(fit)
    seconds = []
    for _ in range(3):
        began = time.process_time()
        found = tested(fit)
        seconds.append(time.process_time() - began)
    script = (
        "library(survival); d <- read.csv('d.csv'); f <- coxph(Surv(time, event) ~ ., d, ties='efron')\n"
        "s <- sapply(1:3, function(i) sum(system.time(z <<- cox.zph(f, transform='km'))[1:2])); cat(min(s), "
        "z$table['GLOBAL', 'chisq'])"
    )
    with tempfile.TemporaryDirectory() as temporary:
        table = np.column_stack([time_d, event, x])
        names = ",".join(["time", "event", *(f"x{k}" for k in range(10))])
        np.savetxt(Path(temporary) / "d.csv", table, delimiter=",", header=names, comments="", fmt="%.17g")
        ran = subprocess.run(["Rscript", "-e", script], cwd=temporary, capture_output=True, text=True, check=True)
    r_s, chi_square = map(float, ran.stdout.split())
    alike = abs(found["GLOBAL"].chi_square / chi_square - 1) < 1e-6
    told = (
        f"{min(seconds):.3f} s of CPU, R {r_s:.3f} s; chi-square {found['GLOBAL'].chi_square:.6f}, R {chi_square:.6f}"
    )
    return told, alike and min(seconds) <= r_s


BEFORE_THE_HOUSE = "d7e16e3"
"""The commit whose code lines and demonstrations the house with many doors is held against."""


def _checkout(revision: str, folder: Path) -> Path:
    """The sources of a commit."""
    archive = subprocess.run(["git", "archive", revision, "src"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    compileall.compile_dir(folder / "src", quiet=1)
    return folder / "src"


def _cpu_s(*arguments: str, source: Path | None = None) -> float:
    """CPU seconds of a command, by the sources of another commit where they are given."""
    environment = {**os.environ, "PYTHONPATH": str(source or ROOT / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def doors_open_quickly() -> tuple[str, bool]:
    """CPU of the program's help, and how much longer `import hevesy` takes than `import sys`: the best of fifteen."""
    compileall.compile_dir(ROOT / "src", quiet=1)
    helped = min(_cpu_s("-m", "hevesy", "--help") for _ in range(15))
    door, nothing = (min(_cpu_s("-c", f"import {name}") for _ in range(15)) for name in ("hevesy", "sys"))
    told = f"help {helped:.2f} s of CPU; import hevesy {1000 * (door - nothing):.0f} ms over import sys"
    return told, helped <= 0.2 and door - nothing <= 0.03


def demonstrations_not_slower() -> tuple[str, bool]:
    """CPU of both demonstrations against the commit before, the medians of nine alternating pairs each."""
    with tempfile.TemporaryDirectory() as temporary:
        before, told, ratios = _checkout(BEFORE_THE_HOUSE, Path(temporary)), [], []
        for study in ("clr131", "clover"):
            spent: dict[Path, list[float]] = {before: [], ROOT / "src": []}
            for pair in range(10):
                for source, seconds in spent.items():
                    place = str(Path(temporary) / f"{study}{pair}{source == before}")
                    seconds.append(_cpu_s("-m", "hevesy", "demo", place, "--study", study, source=source))
            old, new = (
                statistics.median(seconds[1:]) for seconds in spent.values()
            )  # the first of each warms the disk
            ratios.append(new / old)
            told.append(f"{study} {new:.2f} s, {ratios[-1]:.2f} of before")
    return "; ".join(told), max(ratios) < 1.005


SAID_OTHERWISE = {"clr131: page": 1, "clover: page": 5, "clover: rows_demography.csv": 43}
"""Lines by what says them: two sentences that named options, three counts of more entries, a column for the site."""


def says_the_same() -> tuple[str, bool]:
    """What of the commit before is said no more in both demonstrations and every example of the documents.

    A demonstration with more data says more; the lines of its table of subjects have a column more (the site).
    """
    sys.path.insert(0, str(ROOT / "tools"))
    from compare_readouts import Version

    with tempfile.TemporaryDirectory() as temporary:
        before = Version(_checkout(BEFORE_THE_HOUSE, Path(temporary))).says()
    now = Version(ROOT / "src").says()
    lost = {item: sum((Counter(lines) - Counter(now.get(item, ()))).values()) for item, lines in before.items()}
    added = sum(sum((Counter(lines) - Counter(before.get(item, ()))).values()) for item, lines in now.items())
    gone = {item: count for item, count in lost.items() if count}
    told = f"{sum(map(len, before.values())):,} lines, {sum(gone.values())} said otherwise, {added:,} more"
    return told, gone == SAID_OTHERWISE


def code_lines() -> tuple[str, bool]:
    """Lines of the sources that are code: no docstrings, no comments, no blank lines, nothing generated."""

    def counted(source: Path) -> int:
        found = 0
        for path in source.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            said = {
                line
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
            }
            found += sum(
                bool(line.strip()) and not line.lstrip().startswith("#") and number not in said
                for number, line in enumerate(text.splitlines(), start=1)
            )
        return found

    with tempfile.TemporaryDirectory() as temporary:
        before, now = counted(_checkout(BEFORE_THE_HOUSE, Path(temporary))), counted(ROOT / "src")
    shell = sum(len(path.read_text().splitlines()) for path in (ROOT / "src" / "hevesy" / "cli").rglob("*.py"))
    return f"{now:,} code lines, {before:,} before (+{now - before:,}); cli {shell} lines", now - before <= 600


def console_costs() -> tuple[str, bool]:
    """What the console costs (benchmarks/console.py)."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.console import measure

    found = measure()
    form_kB = found.shared_kB + found.largest_form_kB
    met = (
        found.desk_cpu_s <= 0.5 and found.desk_MB <= 60 and found.worker_MB <= 80 and found.warm_of_study <= 3
        and found.beside_of_study <= 5 and found.stop_s <= 1 and form_kB <= 60
    )  # fmt: skip
    told = (
        f"{found.desk_cpu_s:.2f} s, {found.desk_MB:.0f} MB; worker {found.worker_MB:.0f} MB; of the study "
        f"{found.warm_of_study:.1f} and {found.beside_of_study:.1f} times, from notation ({found.inside_ms:.1f} ms "
        f"inside) {found.warm:.0f} and {found.beside:.0f}; stop {found.stop_s:.2f} s; "
        f"{found.largest_form} {form_kB:.1f} kB"
    )
    return told, met


def photons_a_second() -> tuple[str, bool]:
    """Histories a second of CPU time (benchmarks/transport.py)."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.transport import LOCAL, line_of_iodine, rate

    found = {size: rate(line_of_iodine(), LOCAL, size, 400_000) for size in (0.2, 0.4)}
    told = ", ".join(f"{number / 1e6:.2f} M at {10 * size:g} mm" for size, number in found.items())
    return told, min(found.values()) >= 1e6


BEFORE_BATCHES_GREW = "9396a4a"
"""The commit whose transport a patient's is held against."""


def patient_not_slower() -> tuple[str, bool]:
    """CPU of a patient to 1 % per organ over that of the commit before, three alternating pairs of processes."""
    told = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from benchmarks import transport\n"
        "from hevesy.nuclides.library import emissions\n"
        "from hevesy.radiation.voxel_dose import transport_dose\n"
        "batch = {'batch': 50_000} if sys.argv[2] == 'before' else {}\n"
        "scene, small = transport.body((128, 128, 200), 0.4), transport.body((8, 8, 8), 1.0)\n"
        "organs = [scene.activity == uptake for uptake in (30.0, 12.0, 3.0)]\n"
        "organs = (*organs, scene.material == 1, scene.activity > 0)\n"
        "nuclide = emissions('I-131')\n"
        "transport_dose(small, nuclide, batch=20, most_batches=50, wanted=0.5, workers=2)\n"
        "from hevesy.matter import transport_tables\n"
        "for one in vars(transport_tables).values():\n"
        "    getattr(one, 'cache_clear', int)()\n"
        "began = time.process_time()\n"
        "transport_dose(scene, nuclide, regions=organs, wanted=0.01, workers=2, **batch)\n"
        "print(time.process_time() - began)\n"
    )
    with tempfile.TemporaryDirectory() as temporary:
        before = Path(temporary) / "before"
        archive = ["git", "archive", BEFORE_BATCHES_GREW, "src", "benchmarks"]
        packed = subprocess.run(archive, cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=BytesIO(packed)) as files:
            files.extractall(before, filter="data")
        spent: dict[str, list[float]] = {"before": [], "now": []}
        for _ in range(3):
            for which, root in (("before", before), ("now", ROOT)):
                environment = {**os.environ, "PYTHONPATH": str(root / "src"), "NUMBA_CACHE_DIR": f"{temporary}/{which}"}
                command = [sys.executable, "-c", told, str(root), which]
                ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                spent[which].append(float(ran.stdout.split()[-1]))
    old, new = (statistics.median(seconds) for seconds in spent.values())
    return f"{new:.1f} s of CPU, {new / old:.2f} of before", new <= old
