"""Start-up of every program: the time that plain `--help` takes, and what running it imports.

A study starts programs hundreds of times. Those of the analysis must not import torch, which is checked by importing
what each imports, in a process of its own.
"""

import ast
import subprocess
import sys
import time

import harness
from harness import PROJECT, Facts

# But the one that runs ndd, which needs an environment of its own.
PROGRAMS = sorted(path for path in (PROJECT / "workflow/scripts").glob("*.py") if path.stem != "compute_ndd")
# These run networks, or fetch their weights.
WITH_TORCH = {
    "cross_evaluate_synthesis",
    "extract_representations",
    "fetch_dtd",
    "fetch_weights",
    "prepare_exemplar",
    "synthesize",
}
HELP_SECONDS = 0.3


def help_seconds(program: str) -> Facts:
    start = time.perf_counter()
    subprocess.run([sys.executable, program, "--help"], check=True, capture_output=True)
    return {"seconds": time.perf_counter() - start}


def import_statements(source: str) -> list[str]:
    """What a program imports when it runs without a GPU: all imports of its functions, but those within an `if`."""

    def walk(node: ast.AST) -> list[str]:
        if isinstance(node, ast.If):
            return []
        if isinstance(node, ast.Import | ast.ImportFrom):
            return [ast.unparse(node)]
        return [found for child in ast.iter_child_nodes(node) for found in walk(child)]

    return walk(ast.parse(source))


def run_imports(program: str) -> Facts:
    """Seconds that a program's imports take, and whether torch is among what they load."""
    statements = import_statements((PROJECT / "workflow/scripts" / f"{program}.py").read_text())
    code = "; ".join([*statements, "import sys", "print('torch' in sys.modules)"])
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=PROJECT / "workflow/scripts"
    )
    return {"seconds": time.perf_counter() - start, "torch": ran.stdout.strip() == "True"}


def main() -> None:
    arguments = harness.arguments(__doc__, "nothing more", repeats=5)
    rows = []
    for program in PROGRAMS:
        helped = harness.Measured([help_seconds(str(program)) for _ in range(arguments.repeats)], [])
        imported = harness.Measured([run_imports(program.stem) for _ in range(arguments.repeats)], [])
        if imported["torch"] and program.stem not in WITH_TORCH:
            raise RuntimeError(f"{program.name} imports torch, which it does not need")
        rows.append(
            {
                "program": program.stem,
                "help_seconds": helped.median(),
                "within": "yes" if helped.median() < HELP_SECONDS else "no",
                "imports_seconds": imported.median(),
                "torch": "yes" if imported["torch"] else "no",
            }
        )
    harness.report("startup", rows)


if __name__ == "__main__":
    main()
