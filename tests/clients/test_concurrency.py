"""Names, addresses and limits hold whoever comes first; latency and throttling reach
other clients."""

import time
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from support import Case

WRITERS = 32


class Concurrency(Case):
    def at_once(self, what):
        """Calls it with the numbers of all writers, and tells how each call ended."""

        def one(number):
            try:
                what(number)
                return "ok"
            except ClientError as error:
                return error.response["Error"]["Code"]

        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(one, range(WRITERS)))

    def ended(self, outcomes, good, code):
        self.assertEqual(outcomes.count("ok"), good, outcomes)
        self.assertEqual(outcomes.count(code), WRITERS - good, outcomes)

    def test_names_and_addresses_are_somebodys_once(self):
        call = self.call
        self.ended(self.at_once(lambda _: self.user("ana")), 1, "NameAvailabilityException")
        kinds = [lambda: self.user("bob"), lambda: self.group("bob"), lambda: self.resource("bob")]
        self.ended(self.at_once(lambda number: kinds[number % 3]()), 1, "NameAvailabilityException")
        people = [self.user(f"u{number}", f"u{number}@example.com") for number in range(WRITERS)]
        taken = self.at_once(lambda number: call("create_alias", EntityId=people[number], Alias="all@example.com"))
        self.ended(taken, 1, "EmailAddressInUseException")
        moved = self.at_once(lambda number: call("update_primary_email_address", EntityId=people[number], Email="new@example.com"))
        self.ended(moved, 1, "EmailAddressInUseException")

    def test_limits_are_kept(self):
        call = self.call
        # A new organization has one rule of each sort already.
        rule = {"Effect": "ALLOW", "Description": "x"}
        self.ended(self.at_once(lambda number: call("put_access_control_rule", Name=f"r{number}", **rule)), 9, "LimitExceededException")
        self.ended(self.at_once(lambda number: call("create_mobile_device_access_rule", Name=f"r{number}", Effect="ALLOW")), 9, "LimitExceededException")
        rules = [{"ImpersonationRuleId": "all", "Effect": "ALLOW"}]
        roles = self.at_once(lambda number: call("create_impersonation_role", Name=f"r{number}", Type="READ_ONLY", Rules=rules))
        self.ended(roles, 20, "LimitExceededException")
        ana = self.user("ana", "ana@example.com")
        for number in range(90):
            call("create_alias", EntityId=ana, Alias=f"a{number}@example.com")
        more = self.at_once(lambda number: call("create_alias", EntityId=ana, Alias=f"more{number}@example.com"))
        self.assertEqual(more.count("ok"), 10, more)
        people = [self.user(f"u{number}", f"u{number}@example.com") for number in range(WRITERS)]
        job = {
            "RoleArn": "arn:aws:iam::123456789012:role/export",
            "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
            "S3BucketName": "mail",
            "S3Prefix": "p",
        }
        jobs = self.at_once(lambda number: call("start_mailbox_export_job", EntityId=people[number], ClientToken=str(number), **job))
        self.ended(jobs, 10, "LimitExceededException")

    def test_one_token_makes_one_object(self):
        made = set()
        rules = [{"ImpersonationRuleId": "all", "Effect": "ALLOW"}]

        def make(_):
            role = self.call("create_impersonation_role", ClientToken="t", Name="one", Type="READ_ONLY", Rules=rules)
            made.add(role["ImpersonationRoleId"])

        self.assertEqual(self.at_once(make).count("ok"), WRITERS)
        self.assertEqual(len(made), 1)
        self.assertEqual(len(self.call("list_impersonation_roles")["Roles"]), 1)
        with self.assertRaises(ClientError):
            self.call("create_impersonation_role", ClientToken="t", Name="other", Type="READ_ONLY", Rules=rules)


class Slow(Case):
    arguments = ("--latency", "50ms", "--rate", "5")

    def test_latency_and_throttling(self):
        began = time.monotonic()
        outcomes = []
        for _ in range(12):
            try:
                self.client.list_organizations()
                outcomes.append("ok")
            except ClientError as error:
                outcomes.append(error.response["Error"]["Code"])
        self.assertGreaterEqual(time.monotonic() - began, 12 * 0.05)
        self.assertIn("ThrottlingException", outcomes)
        self.assertIn("ok", outcomes)
