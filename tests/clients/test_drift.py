"""What somebody changes by hand with the AWS CLI is found by drift and repaired by apply."""

from support import Case

MANIFEST = """\
apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com, example.org]}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [], jobTitle: Engineer}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: ana, rights: [FULL_ACCESS]}]}
groups:
  staff: {email: staff@example.com, members: [ana, bob]}
"""


class Drift(Case):
    def test_four_changes_by_hand(self):
        (self.folder / "acme").mkdir()
        (self.folder / "acme" / "acme.yaml").write_text(MANIFEST)
        self.workmailctl("apply", "acme", "--auto-approve")
        self.workmailctl("drift", "acme")
        ana = self.aws("describe-user", "--user-id", "ana")["UserId"]
        bob = self.aws("describe-user", "--user-id", "bob")["UserId"]
        self.aws("update-user", "--user-id", ana, "--job-title", "Wizard")
        self.aws("create-alias", "--entity-id", ana, "--alias", "wizard@example.com")
        self.aws("disassociate-member-from-group", "--group-id", "staff", "--member-id", bob)
        self.aws("delete-mailbox-permissions", "--entity-id", bob, "--grantee-id", ana)
        told = self.workmailctl("drift", "acme", code=2)
        for words in ("jobTitle Wizard → Engineer", "-wizard@", "members +bob", "+ ana FULL_ACCESS"):
            self.assertIn(words, told)
        self.assertIn("Plan: 0 to add, 3 to change, 0 to remove, 4 calls", told)
        self.workmailctl("apply", "acme", "--auto-approve")
        self.workmailctl("drift", "acme")
        self.assertEqual(self.call("describe_user", UserId="ana")["JobTitle"], "Engineer")
