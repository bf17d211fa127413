"""Breaks the emulator in one place at a time and lists what no test notices.

Each operation is replaced by one that does nothing and answers `{}`, and each optional member of each
operation is ignored. The tests are built once, from a copy of the sources whose emulator asks the
environment what to break, and run once for each mutation: what tests the emulator alone, then, where
nothing failed, other clients. What only the tests of the reconciler notice counts as a survivor.

    python3 tests/experiments/mutate.py [FILTER]

Needs a Python with boto3 in WORKMAILCTL_TEST_PYTHON. Takes about half an hour. Exit 0: everything was noticed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "target" / "mutation"
PYTHON = os.environ.get("WORKMAILCTL_TEST_PYTHON", sys.executable)
# What answers an operation, and where the break is put.
HANDLER = "(row.handler)(&mut call)"
BROKEN = """{
            let broken = std::env::var("WORKMAILCTL_MUTATION").unwrap_or_default();
            let mut less = call.input.clone();
            match broken.split_once('.') {
                Some((of, path)) if of == operation => without(&mut less, path),
                _ => {}
            }
            call.input = Box::leak(Box::new(less));
            if broken == operation { Ok(serde_json::json!({})) } else { (row.handler)(&mut call) }
        }"""
WITHOUT = """
fn without(input: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => drop(input.remove(path)),
        Some((first, rest)) => match input.get_mut(first) {
            Some(Value::Object(inner)) => without(inner, rest),
            Some(Value::Array(items)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    without(item, rest);
                }
            }
            _ => {}
        },
    }
}
"""


def copy():
    """The sources with the break in them, beside a target folder of their own."""
    for name in ("src", "schema", "examples", "docs", "tests", "benches"):
        shutil.rmtree(COPY / name, ignore_errors=True)
        shutil.copytree(ROOT / name, COPY / name)
    for name in ROOT.iterdir():
        if name.is_file():
            shutil.copy(name, COPY / name.name)
    path = COPY / "src" / "emulator" / "request.rs"
    text = path.read_text()
    if text.count(HANDLER) != 1:
        sys.exit(f"{path} answers operations elsewhere than in one `{HANDLER}`: mend this script")
    path.write_text(text.replace(HANDLER, BROKEN) + WITHOUT)


def build():
    """The test binary and the program."""
    made = subprocess.run(
        ["cargo", "test", "--locked", "--no-run", "--test", "it", "--message-format", "json-render-diagnostics"],
        cwd=COPY, stdout=subprocess.PIPE, text=True, check=True,
    )
    artifacts = [json.loads(line) for line in made.stdout.splitlines() if line.startswith("{")]
    executables = {one["target"]["name"]: one["executable"] for one in artifacts if one.get("executable")}
    return executables["it"], executables["workmailctl"]


def optional(members, path=""):
    """The optional members, nested ones by their path."""
    for name, member in members.items():
        if not member["required"]:
            yield path + name
        inner = member.get("members") or member.get("item", {}).get("members")
        if inner:
            yield from optional(inner, f"{path}{name}.")


def mutations(program):
    known = json.loads(subprocess.check_output([program, "emulator", "--list-operations"]))
    for operation, facts in sorted(known.items()):
        yield operation
        for path in optional(facts["input"]):
            # A token that is used once is taken off before the handler sees it, and tested by itself.
            yield f"{operation}.{path}"


def notices(mutation, tests, program):
    """The first suite that fails, if one does."""
    environment = os.environ | {"WORKMAILCTL_MUTATION": mutation, "WORKMAILCTL_CASES": "20", "RUST_BACKTRACE": "0"}
    python = environment | {"WORKMAILCTL": program, "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}"}
    clients = [PYTHON, "-m", "unittest", "discover", "-s", "tests/clients", "-f", "-p"]
    suites = {
        "exchanges": ([tests, "emulator::"], environment),
        "policy": ([tests, "policy::"], environment),
        "clients": ([*clients, "test_[op][pa]*.py"], python),
    }
    for name, (command, variables) in suites.items():
        done = subprocess.run(command, cwd=COPY, env=variables, capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            return name
    return None


def main():
    COPY.mkdir(parents=True, exist_ok=True)
    copy()
    tests, program = build()
    if failed := notices("nothing", tests, program):
        sys.exit(f"the suite `{failed}` fails without any mutation")
    filters = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    survivors, all_of_them = [], [one for one in mutations(program) if filters.search(one)]
    for number, mutation in enumerate(all_of_them, 1):
        noticed = notices(mutation, tests, program)
        print(f"{number}/{len(all_of_them)} {mutation}: {noticed or 'SURVIVED'}", flush=True)
        if not noticed:
            survivors.append(mutation)
    print(f"{len(all_of_them)} mutations, {len(survivors)} survived:", *survivors, sep="\n  ")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
