"""Worlds that boto3 makes, with every oddity: what is exported of them plans empty."""

import csv

from support import Case


class Export(Case):
    def oddities(self):
        ana = self.user("ana", "Ana.Lima@Example.com", DisplayName="Ana")
        for alias in ("INFO@example.com", "a+b@example.org"):
            self.call("create_alias", EntityId=ana, Alias=alias)
        bob = self.user("bob", "bob@example.com", DisplayName="2026-01-01", FirstName="no", LastName="1e3")
        self.call("update_user", UserId=bob, JobTitle='say "yes": #1', City="Århus", Office="~", ZipCode="0123")
        never = self.user("never", DisplayName="null")
        gone = self.user("gone", "gone@example.com")
        left = self.user("left", "left@example.com")
        hidden = self.user("hidden", "hidden@example.com", HiddenFromGlobalAddressList=True)
        staff = self.group("staff", "staff@example.com")
        inner = self.group("Inner Circle", "inner@example.com")
        self.group("empty")
        for member in (ana, gone, left, inner):
            self.call("associate_member_to_group", GroupId=staff, MemberId=member)
        self.call("associate_member_to_group", GroupId=inner, MemberId=hidden)
        self.call("put_mailbox_permissions", EntityId=ana, GranteeId=bob, PermissionValues=["FULL_ACCESS", "SEND_AS"])
        self.call("put_mailbox_permissions", EntityId=ana, GranteeId=gone, PermissionValues=["SEND_AS"])
        self.call("put_mailbox_permissions", EntityId=ana, GranteeId=staff, PermissionValues=["SEND_ON_BEHALF"])
        self.call("put_mailbox_permissions", EntityId=staff, GranteeId=ana, PermissionValues=["SEND_AS"])
        self.call("update_mailbox_quota", UserId=bob, MailboxQuota=100)
        room = self.resource("room", "room@example.com", Description="yes")
        self.resource("untouched", "untouched@example.com")
        self.resource("unregistered")
        self.call("associate_delegate_to_resource", ResourceId=room, EntityId=ana)
        self.call("associate_delegate_to_resource", ResourceId=room, EntityId=staff)
        allow = {"Effect": "ALLOW", "Description": "x"}
        self.call("put_access_control_rule", Name="on", Actions=["IMAP", "EWS"], UserIds=[ana, gone], **allow)
        self.call("put_access_control_rule", Name="no", IpRanges=["203.0.113.0/24"], NotUserIds=[bob], **allow)
        rules = [{"ImpersonationRuleId": "1", "Effect": "DENY", "TargetUsers": ["ana", "bob@example.com", gone]}]
        self.call("create_impersonation_role", Name="1e3", Type="READ_ONLY", Description="a: b", Rules=rules)
        self.call("create_mobile_device_access_rule", Name="null", Effect="DENY", DeviceTypes=["$NONE", "iPhone"])
        self.call("put_mobile_device_access_override", UserId=ana, DeviceId="AB12", Effect="DENY")
        self.call("put_inbound_dmarc_settings", Enforced=False)
        folders = [{"Name": "INBOX", "Action": "DELETE", "Period": 30}, {"Name": "DRAFTS", "Action": "NONE"}]
        self.call("put_retention_policy", Name="0x1", FolderConfigurations=folders)
        options = {"AutoAcceptRequests": False, "AutoDeclineConflictingRequests": True, "AutoDeclineRecurringRequests": True}
        self.call("update_resource", ResourceId=room, BookingOptions=options)
        for entity in (gone, left):
            self.call("deregister_from_work_mail", EntityId=entity)
        self.call("delete_user", UserId=gone)
        again = self.user("gone", "gone@example.com", DisplayName="made again")
        self.call("associate_member_to_group", GroupId=inner, MemberId=again)
        return never

    def round_trip(self):
        self.oddities()
        self.workmailctl("export", "--organization", "acme", "--dir", "exported")
        self.workmailctl("validate", "exported")
        self.workmailctl("plan", "exported", "--detailed-exitcode")
        path = self.folder / "exported" / "organization.yaml"
        lines, section = [], ""
        for line in path.read_text().splitlines():
            if line.startswith("  ") and line.endswith(":") and not line.startswith("   "):
                section = line.strip(" :")
            if line.strip().startswith("unmanaged:"):
                indent = line[: len(line) - len(line.lstrip())]
                line = f"{indent}unmanaged: remove"
                if section in ("users", "groups", "resources"):
                    line += f"\n{indent}onRemoval: delete"
            lines.append(line)
        self.assertIn("onRemoval: delete", "\n".join(lines))
        path.write_text("\n".join(lines) + "\n")
        self.workmailctl("plan", "exported", "--detailed-exitcode")

    def test_a_world_with_every_oddity_plans_empty(self):
        self.round_trip()

    def test_every_address_of_boto3_is_in_the_table(self):
        self.oddities()
        self.workmailctl("export", "--organization", "acme", "--dir", "tables", "--format", "csv")
        with (self.folder / "tables" / "addresses.csv").open(newline="") as file:
            told = {row["address"].lower() for row in csv.DictReader(file)}
        listed = set()
        for operation, key in (("list_users", "Users"), ("list_groups", "Groups"), ("list_resources", "Resources")):
            for entity in self.call(operation)[key]:
                if entity["State"] == "ENABLED":
                    aliases = self.call("list_aliases", EntityId=entity["Id"])["Aliases"]
                    listed.update(alias.lower() for alias in [*aliases, entity["Email"]])
        self.assertGreater(len(listed), 8)
        self.assertEqual(told, listed)


class ExportOfLoweredAddresses(Export):
    behaviors = ("address-case=lower",)


class ExportWhereDeletedOnesAreLeft(Export):
    behaviors = ("deleted-left=keep", "list-aliases-primary=without")
