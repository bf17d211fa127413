"""Changes the code of `diff`, `plan` and `policy` in one place at a time and lists what no pure test notices.

Needs cargo-mutants (27), which tells the mutants, and cargo-nextest. Of the mutants of each module a seeded sample is
taken. Each is run against the quick pure tests first; what survives them also against those that take long. Nothing
of the client or the emulator is built.

    python3 tests/experiments/mutants.py [--each 100] [--seed 1] [--only plan] [--jobs 1] [--resume]

Prints, for each module, how many were killed, survived, could not be built, and took too long (which is noticed,
too), and each survivor. Exit 0: none survived but those that `mutants.txt` explains. With `--resume`, what an
earlier run saw killed in a file that is still the same is not run again, so that cases can be added for what survives.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[2]
# Mutated in copies, one for each that runs at a time, so that dependencies are built once.
COPIES = ROOT / "target" / "mutants"
MODULES = ["diff", "plan", "policy"]
# Survivors that are explained: the mutant without its place, ` -- `, and why nobody could notice it.
EXPLAINED = Path(__file__).with_name("mutants.txt")
PURE = ["cargo", "nextest", "run", "--locked", "--no-default-features", "--no-tests=pass"]
# What became of each mutant, a line each, by the code that it was made from.
SEEN = ROOT / "target" / "mutants.jsonl"
# The tests beside the code, and the cases; what notices most of a module is built and run first.
BESIDE, CASES = ["--lib"], ["--test", "it"]
FIRST = {"diff": [CASES, BESIDE], "plan": [CASES, BESIDE], "policy": [BESIDE, CASES]}
# Random tests are run with so many cases first.
FEW = 20
# Tests of seconds and minutes; those of the house itself, and of the way out, notice nothing of these modules.
LONG = "test(brute_force) | test(/^waiting::/) | test(random_worlds)"
HOUSE = "test(/^tidy::/) | test(/^reference::/) | test(/^generated::/) | test(/^migrate::/)"
# First with few cases of what is random and without what takes long, then all of it.
STAGES = [(f"all() - ({LONG})", FEW), ("all()", None)]
# Seconds for building and for all quick or all long tests; and for one test, which nextest ends then.
TIMEOUT, SLOW = 900, 300
# Bytes that a process may have: a mutant may make lists without end.
MOST = 6 << 30
NO_BUILD, FAILED = 101, 100
NOTICED = ["killed", "unviable", "out of time"]


def copies(count):
    """Copies of what is tracked, whose built dependencies are kept from one run to the next."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    all = [COPIES / str(number) for number in range(count)]
    for copy in all:
        for old in copy.glob("*"):
            if old.name != "target":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        for file in filter(None, files.stdout.split("\0")):
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            # As new, for what is built may be of a mutant.
            shutil.copy(ROOT / file, copy / file)
    return all


def without_place(mutant):
    """The file and what is changed, without line and column."""
    file, _, _, rest = mutant["name"].split(":", 3)
    return f"{file}:{rest}"


def sampled(module, copy, seed, count):
    """How many mutants a module has, and a sample that stays the same where other code changes."""
    command = ["cargo", "mutants", "--list", "--json", "--diff", "-f", f"src/{module}/**"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True)
    mutants, alike = json.loads(done.stdout), Counter()
    for mutant in mutants:
        name = without_place(mutant)
        alike[name] += 1
        mutant["rank"] = hashlib.sha256(f"{seed} {name} {alike[name]}".encode()).hexdigest()
        code = hashlib.sha256((copy / mutant["file"]).read_bytes()).hexdigest()[:16]
        mutant["key"] = f"{code} {mutant['name']}"
    return len(mutants), sorted(mutants, key=lambda mutant: mutant["rank"])[:count]


def tests(copy, targets, chosen, cases):
    """How the pure tests of these targets end: an exit code of nextest, or none if they took too long."""
    environment = {
        **os.environ, "CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0", "RUSTFLAGS": "-Awarnings",
        "CARGO_TARGET_DIR": str(copy / "target"),
    }
    if cases:
        environment["WORKMAILCTL_CASES"] = str(cases)
    settings = copy / "target" / "nextest.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(f'[profile.default]\nslow-timeout = {{ period = "{SLOW}s", terminate-after = 1 }}\n')
    command = [*PURE, *targets, "--config-file", str(settings), "-E", f"({chosen}) - ({HOUSE})"]
    child = subprocess.Popen(
        command, cwd=copy, env=environment, start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST)),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        return child.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
        return None


def fate(copy, mutant, targets, quick):
    """What became of a mutant, whose tests are built and run in this order."""
    file = copy / mutant["file"]
    before = file.read_bytes()
    try:
        patch = subprocess.run(["patch", "-s", mutant["file"]], cwd=copy, input=mutant["diff"], text=True, capture_output=True)
        if patch.returncode:
            return f"not patched: {patch.stdout}"
        stages = STAGES[: 1 if quick else 2]
        steps = [(target, chosen, cases) for chosen, cases in stages for target in targets]
        ended = next((end for step in steps if (end := tests(copy, *step)) != 0), 0)
    finally:
        file.write_bytes(before)
    return {0: "survived", FAILED: "killed", NO_BUILD: "unviable", None: "out of time"}.get(ended, f"ended {ended}")


def seen():
    """What earlier runs saw killed."""
    lines = SEEN.read_text().splitlines() if SEEN.exists() else []
    known = (json.loads(line) for line in lines)
    return {one["mutant"]: one["fate"] for one in known if one["fate"] == "killed"}


def explained():
    """The mutants that are explained, each without its place."""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    return {line.split(" -- ")[0].strip() for line in lines if " -- " in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=100, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=MODULES, help="one module alone")
    parser.add_argument("--trusted", action="store_true", help="the long tests are known to pass without a mutant")
    parser.add_argument("--resume", action="store_true", help="do not run what was killed before")
    parser.add_argument("--quick", action="store_true", help="without the tests that take long")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time, each with a build of its own")
    arguments = parser.parse_args()
    modules = [arguments.only] if arguments.only else MODULES
    known, earlier, left = explained(), seen() if arguments.resume else {}, 0
    free = SimpleQueue()
    for copy in copies(arguments.jobs):
        free.put(copy)
    for number, (chosen, cases) in enumerate(STAGES):
        if number == 0 or not arguments.trusted:
            if (ended := tests(copy, [*BESIDE, *CASES], chosen, cases)) != 0:
                sys.exit(f"the tests fail without a mutant: {ended}")

    def end(mutant):
        if mutant["key"] in earlier:
            return earlier[mutant["key"]]
        copy = free.get()
        try:
            what = fate(copy, mutant, FIRST[mutant["module"]], arguments.quick)
        finally:
            free.put(copy)
        with SEEN.open("a") as lines:
            print(json.dumps({"mutant": mutant["key"], "fate": what}), file=lines)
        return what

    for module in modules:
        count, sample = sampled(module, copy, arguments.seed, arguments.each)
        for mutant in sample:
            mutant["module"] = module
        counts = Counter()
        with ThreadPoolExecutor(arguments.jobs) as pool:
            for mutant, what in zip(sample, pool.map(end, sample)):
                counts[what] += 1
                print(f"{module} {counts.total()}: {what}", file=sys.stderr, flush=True)
                if what not in NOTICED:
                    is_known = without_place(mutant) in known
                    left += not is_known
                    print(f"  {'explained' if is_known else what}: {mutant['name']}", flush=True)
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        print(f"{module}: seed {arguments.seed}, {len(sample)} of {count} mutants: {told}", flush=True)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
