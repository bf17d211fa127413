"""docs/leaving.md, from its first line to its last: every command as it stands there, with the lines below it."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import BINARY, ROOT

PAGE = ROOT / "docs" / "leaving.md"
ENDS = "ended with "


def steps():
    """The commands, each with the lines that are shown of its output."""
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            yield command, [line for line in shown.splitlines() if line.strip()]


class HowTo(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "workmailctl").symlink_to(BINARY)
        (self.folder / "examples").symlink_to(ROOT / "examples")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def test_every_command_does_what_the_page_says(self):
        commands = list(steps())
        self.assertGreater(len(commands), 25)
        script = ["trap 'kill %1' EXIT"]
        for number, (command, _) in enumerate(commands):
            command = command.replace("8025", self.port)
            if " emulator " in command:
                # Once it says that it listens, the next line may ask it.
                command = command.replace("emulator", f"emulator --listen 127.0.0.1:{self.port}").rstrip("& ")
                script.append(f"{command} >listening & ")
                script.append("for try in $(seq 100); do grep -qs listening listening && break; sleep 0.1; done")
                continue
            script.append(f"echo '@{number}'; {command}\ncode=$?; echo; echo {ENDS}$code")
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        told = dict(part.split("\n", 1) for part in re.split(r"^@(?=\d+$)", done.stdout, flags=re.MULTILINE)[1:])
        for number, (command, shown) in enumerate(commands):
            if " emulator " in command:
                continue
            with self.subTest(command):
                output = told[str(number)]
                fails = any(line.startswith(("error:", "missing:")) for line in shown)
                code = int(output[output.rindex(ENDS) + len(ENDS) :].strip())
                self.assertEqual(code != 0, fails, output)
                for line in shown:
                    self.assertIn(line.strip(), output)
