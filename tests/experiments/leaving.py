"""What the way out costs, in calls and in days of the service's time: jobs of an hour, one in twenty of which fails, in
an emulator whose clock is moved by a minute every 20 ms. `migrate mailboxes` looks every minute of that time, and with
more than 1,000 mailboxes every five. 50, 500 and 5,000 mailboxes unless numbers are named.

    cargo build --release --locked
    python3 tests/experiments/leaving.py [NUMBER ...]
"""

import collections
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("WORKMAILCTL", str(ROOT / "target" / "release" / "workmailctl"))
HOUR = 3600
# How long a minute of the service's time is here, in seconds.
MINUTE = 0.02
EXPORTS = (
    'mailboxExports: {bucket: mail, prefix: acme/, roleArn: "arn:aws:iam::123456789012:role/export", '
    'kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/k", mailboxes: all}\n'
)


def world(folder, people):
    """A group for ten people, and an alias for each of them: about what companies have."""
    lines = ["apiVersion: workmailctl/v1", "organization: {alias: acme, mailDomains: [example.com]}", EXPORTS + "users:"]
    for one in range(people):
        lines.append(f"  u{one:05}: {{displayName: U{one}, email: u{one:05}@example.com, aliases: [a{one:05}@example.com], permissions: []}}")
    lines.append("groups:")
    for one in range(0, people, 10):
        members = ", ".join(f"u{at:05}" for at in range(one, min(one + 10, people)))
        lines.append(f"  g{one:05}: {{email: g{one:05}@example.com, aliases: [], members: [{members}]}}")
    (folder / "acme").mkdir()
    (folder / "acme" / "acme.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Run:
    def __init__(self, folder, people):
        (folder / "s3" / "mail").mkdir(parents=True)
        arguments = ["emulator", "--listen", "127.0.0.1:0", "--s3", str(folder / "s3"), "--clock", "virtual"]
        arguments += ["--organization", "acme=example.com", "--behavior", f"export-seconds={HOUR}"]
        arguments += ["--behavior", "export-again=refuse", "--fault", "StartMailboxExportJob:job-fails@5%", "--seed", "5"]
        self.folder = folder
        self.emulator = subprocess.Popen([BINARY, *arguments], stdout=subprocess.PIPE, text=True)
        self.endpoint = self.emulator.stdout.readline().strip().removeprefix("listening on ")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_WORKMAIL": self.endpoint,
        }
        world(folder, people)
        self.workmailctl("apply", "acme", "--auto-approve", "-q", "--rate", "10000")

    def stats(self):
        with urllib.request.urlopen(self.endpoint + "/_emulator/stats", timeout=60) as reply:
            return json.load(reply)

    def workmailctl(self, *arguments):
        done = subprocess.run(
            [BINARY, *arguments], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{arguments} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def advance(self, over):
        """Lets the service's time pass."""
        while not over.wait(MINUTE):
            request = urllib.request.Request(self.endpoint + "/_emulator/clock", b'{"advance": 60}')
            urllib.request.urlopen(request, timeout=60).close()

    def calls(self, *arguments):
        before = self.stats()["total"]
        self.workmailctl(*arguments)
        return self.stats()["total"] - before


def measured(people):
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name), people)
        try:
            inventory = run.calls("migrate", "status", "acme", "--rate", "10000")
            over = threading.Event()
            clock = threading.Thread(target=run.advance, args=[over])
            clock.start()
            every = 5 if people > 1000 else 1
            flags = ("--auto-approve", "--poll", f"{every * MINUTE * 1000:.0f}ms", "--attempts", "9", "--rate", "10000")
            try:
                exports = run.calls("migrate", "mailboxes", "acme", *flags)
            finally:
                over.set()
                clock.join()
            lines = (run.folder / "acme" / "acme.exports.jsonl").read_text(encoding="utf-8").splitlines()
        finally:
            run.emulator.terminate()
            run.emulator.wait()
    lines = [json.loads(line) for line in lines]
    count = collections.Counter(line["line"] for line in lines)
    ended = [line for line in lines if line["line"] == "ended"]
    failed = sum(line["state"] != "COMPLETED" for line in ended)
    first = min(line["startTime"] for line in ended)
    last = max(line["endTime"] for line in ended)
    span = seconds(last) - seconds(first)
    took = time.monotonic() - begun
    print(
        f"{people} mailboxes: status {inventory} calls; exports {exports} calls, a look every {every} min, {count['started']} jobs, {failed} failed, "
        f"{span / 24 / HOUR:.1f} days of the service's time ({took:.0f} s of ours)",
        flush=True,
    )


def seconds(text):
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    for number in [int(one) for one in sys.argv[1:]] or [50, 500, 5000]:
        measured(number)
