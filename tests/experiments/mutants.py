"""Changes the code of `diff`, `plan` and `policy` in one place at a time and lists what no pure test notices.

Needs cargo-mutants (27), which tells the mutants, and cargo-nextest. Of the mutants of each module a seeded sample is
taken. Each is run against the quick pure tests first; what survives them also against those that take long. Nothing
of the client or the emulator is built.

    python3 tests/experiments/mutants.py [--each 100] [--seed 1] [--only plan] [--trusted]

Prints, for each module, how many were killed, survived, could not be built, and took too long (which is noticed,
too), and each survivor. Exit 0: none survived but those that `mutants.txt` explains.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Mutated here, so that dependencies are built once.
COPY = ROOT / "target" / "mutants"
MODULES = ["diff", "plan", "policy"]
# Survivors that are explained: the mutant without its place, ` -- `, and why nobody could notice it.
EXPLAINED = Path(__file__).with_name("mutants.txt")
PURE = ["cargo", "nextest", "run", "--locked", "--no-default-features", "--no-tests=pass"]
# The tests beside the code, and the cases; what notices most of a module is built and run first.
BESIDE, CASES = ["--lib"], ["--test", "it"]
FIRST = {"diff": [CASES, BESIDE], "plan": [CASES, BESIDE], "policy": [BESIDE, CASES]}
# Tests of seconds and minutes; those of the house itself, and of the way out, notice nothing of these modules.
LONG = "test(brute_force) | test(/^waiting::/)"
HOUSE = "test(/^tidy::/) | test(/^reference::/) | test(/^generated::/) | test(/^migrate::/)"
# Seconds for building and for all quick or all long tests.
TIMEOUT = 600
NO_BUILD, FAILED = 101, 100


def copy():
    """A copy of what is tracked, whose built dependencies are kept from one run to the next."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for old in COPY.glob("*"):
        if old.name != "target":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for file in filter(None, files.stdout.split("\0")):
        (COPY / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, COPY / file)


def listed(module):
    """Every mutant of a module: its name and its patch."""
    command = ["cargo", "mutants", "--list", "--json", "--diff", "-f", f"src/{module}/**"]
    done = subprocess.run(command, cwd=COPY, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def tests(targets, chosen, cases):
    """How the pure tests of these targets end: an exit code of nextest, or none if they took too long."""
    environment = {
        **os.environ, "CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0", "RUSTFLAGS": "-Awarnings",
        "CARGO_TARGET_DIR": str(COPY / "target"),
    }
    if cases:
        environment["WORKMAILCTL_CASES"] = str(cases)
    command = [*PURE, *targets, "-E", f"({chosen}) - ({HOUSE})"]
    child = subprocess.Popen(
        command, cwd=COPY, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        return child.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
        return None


def fate(mutant, targets):
    """What became of a mutant, whose tests are built and run in this order."""
    file = COPY / mutant["file"]
    before = file.read_bytes()
    try:
        patch = subprocess.run(["patch", "-s", mutant["file"]], cwd=COPY, input=mutant["diff"], text=True, capture_output=True)
        if patch.returncode:
            return f"not patched: {patch.stdout}"
        steps = [(target, chosen, cases) for chosen, cases in [(f"all() - ({LONG})", 60), (LONG, None)] for target in targets]
        ended = next((end for step in steps if (end := tests(*step)) != 0), 0)
    finally:
        file.write_bytes(before)
    return {0: "survived", FAILED: "killed", NO_BUILD: "unviable", None: "out of time"}.get(ended, f"ended {ended}")


def explained():
    """The mutants that are explained, each without its place."""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    return {line.split(" -- ")[0].strip() for line in lines if " -- " in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=100, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=MODULES, help="one module alone")
    parser.add_argument("--trusted", action="store_true", help="the tests are known to pass without a mutant")
    arguments = parser.parse_args()
    modules = [arguments.only] if arguments.only else MODULES
    known, left = explained(), 0
    copy()
    if not arguments.trusted and (ended := tests([*BESIDE, *CASES], "all()", None)):
        sys.exit(f"the tests fail without a mutant: {ended}")
    for module in modules:
        mutants = sorted(listed(module), key=lambda mutant: mutant["name"])
        sample = random.Random(f"{arguments.seed} {module}").sample(mutants, min(arguments.each, len(mutants)))
        counts = Counter()
        for mutant in sample:
            what = fate(mutant, FIRST[module])
            counts[what] += 1
            print(f"{module} {counts.total()}: {what}", file=sys.stderr, flush=True)
            file, _, _, rest = mutant["name"].split(":", 3)
            is_known = f"{file}:{rest}" in known
            if what not in ["killed", "unviable", "out of time"]:
                left += not is_known
                print(f"  {'explained' if is_known else what}: {mutant['name']}", flush=True)
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        print(f"{module}: seed {arguments.seed}, {len(sample)} of {len(mutants)} mutants: {told}", flush=True)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
