"""An emulator as another process, boto3 for it, and workmailctl and the AWS CLI against it."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("WORKMAILCTL", str(ROOT / "target" / "debug" / "workmailctl"))
MINUTE = 60


class Case(unittest.TestCase):
    """Each test gets an emulator with the organization acme, empty but for what it makes."""

    behaviors = ()
    arguments = ()

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        arguments = [BINARY, "emulator", "--listen", "127.0.0.1:0", "--organization", "acme=example.com,example.org"]
        self.buckets = self.folder / "s3"
        (self.buckets / "mail").mkdir(parents=True)
        arguments += ["--s3", str(self.buckets), *self.arguments]
        for behavior in self.behaviors:
            arguments += ["--behavior", behavior]
        self.emulator = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.stop)
        line = self.emulator.stdout.readline().strip()
        self.assertTrue(line.startswith("listening on http://127.0.0.1:"), line)
        self.endpoint = line.removeprefix("listening on ")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_WORKMAIL": self.endpoint,
            "AWS_ENDPOINT_URL_WORKMAILMESSAGEFLOW": self.endpoint,
        }
        self.client = self.boto3()
        organizations = self.client.list_organizations()["OrganizationSummaries"]
        self.organization = organizations[0]["OrganizationId"]

    def stop(self):
        self.emulator.terminate()
        self.emulator.wait(timeout=10)
        self.emulator.stdout.close()

    def boto3(self, validation=True, service="workmail"):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=validation, retries={"max_attempts": 0}, read_timeout=20),
        )

    def get(self, path):
        with urllib.request.urlopen(self.endpoint + path, timeout=20) as reply:
            return json.load(reply)

    def post(self, path, body):
        request = urllib.request.Request(self.endpoint + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def call(self, operation, **arguments):
        return getattr(self.client, operation)(OrganizationId=self.organization, **arguments)

    def user(self, name, email=None, **arguments):
        identifier = self.call("create_user", Name=name, DisplayName=arguments.pop("DisplayName", name), **arguments)
        if email:
            self.call("register_to_work_mail", EntityId=identifier["UserId"], Email=email)
        return identifier["UserId"]

    def group(self, name, email=None):
        identifier = self.call("create_group", Name=name)["GroupId"]
        if email:
            self.call("register_to_work_mail", EntityId=identifier, Email=email)
        return identifier

    def resource(self, name, email=None, **arguments):
        identifier = self.call("create_resource", Name=name, Type="ROOM", **arguments)["ResourceId"]
        if email:
            self.call("register_to_work_mail", EntityId=identifier, Email=email)
        return identifier

    def workmailctl(self, *arguments, code=0):
        done = subprocess.run(
            [BINARY, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * MINUTE,
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def aws(self, *arguments):
        done = subprocess.run(
            ["aws", "workmail", *arguments, "--organization-id", self.organization, "--output", "json"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MINUTE,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None
