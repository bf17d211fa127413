"""The import files by parsers that others wrote, with names that want to be commands."""

import importlib.util
import json
import unittest

from support import Case

NAMES = ["O'Neil ’; Remove-Mailbox * #", "$(touch pwned) `touch pwned` \" @{x=1}", "=cmd|' /C calc'!A0", "a\\'b ‘‛‚ ; | & {"]
VERBS = {
    "Add-DistributionGroupMember",
    "Add-MailboxPermission",
    "Add-RecipientPermission",
    "New-DistributionGroup",
    "New-Mailbox",
    "Out-Null",
    "Set-CalendarProcessing",
    "Set-DistributionGroup",
    "Set-Mailbox",
    "Step",
    "Write-Warning",
}


def has(module):
    return unittest.skipUnless(importlib.util.find_spec(module), f"{module} is not installed: see README.md")


class Formats(Case):
    def setUp(self):
        super().setUp()
        staff = self.group("staff", "staff@example.com")
        room = self.resource("room", "room@example.com", Description="$(x) 'y'")
        for number, name in enumerate(NAMES):
            user = self.user(f"u{number}", f"u{number}@example.com", DisplayName=name, FirstName=name, LastName=name)
            self.call("create_alias", EntityId=user, Alias=f"a{number}@example.com")
            self.call("associate_member_to_group", GroupId=staff, MemberId=user)
            for owner in (staff, room):
                self.call("put_mailbox_permissions", EntityId=owner, GranteeId=user, PermissionValues=["SEND_AS"])
        self.call("associate_delegate_to_resource", ResourceId=room, EntityId=user)

    def targets(self, service):
        self.workmailctl("migrate", "targets", "--to", service, "--dir", service, "--organization", "acme")
        return self.folder / service

    @has("tree_sitter_powershell")
    def test_powershell(self):
        import tree_sitter_powershell
        from tree_sitter import Language, Parser

        script = (self.targets("microsoft365") / "exchange.ps1").read_bytes()
        tree = Parser(Language(tree_sitter_powershell.language())).parse(script)
        self.assertFalse(tree.root_node.has_error)
        verbs, todo = set(), [tree.root_node]
        while todo:
            node = todo.pop()
            todo += node.children
            if node.type == "command_name":
                verbs.add(node.text.decode())
        self.assertLessEqual({"New-Mailbox", "Add-DistributionGroupMember", "Add-RecipientPermission"}, verbs)
        self.assertLessEqual(verbs, VERBS)

    @has("scim2_models")
    def test_scim(self):
        from scim2_models import Context, EnterpriseUser, Group, User

        request = json.loads((self.targets("generic") / "scim.json").read_text(encoding="utf-8"))
        made = {}
        for operation in request["Operations"]:
            self.assertEqual(operation["method"], "POST")
            model = User[EnterpriseUser] if operation["path"] == "/Users" else Group
            made[f"bulkId:{operation['bulkId']}"] = model.model_validate(
                operation["data"], scim_ctx=Context.RESOURCE_CREATION_REQUEST
            )
        users = [one for one in made.values() if isinstance(one, User)]
        self.assertEqual([one.display_name for one in users], NAMES)
        groups = [one for one in made.values() if isinstance(one, Group)]
        self.assertEqual([len(one.members) for one in groups], [len(NAMES)])
        self.assertTrue(all(member.value in made for one in groups for member in one.members))
