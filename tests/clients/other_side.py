"""Another service, as far as its import files make it: who is there once they are taken, and what it exports then.

Nothing here knows how workmailctl writes or reads: the tables are read by Python's csv, the words of exchange.ps1 by
the rules of single quotation marks, and workspace.sh is run by a shell with a gam that only writes down its words.
"""

import csv
import json
import re
import subprocess

WORD = re.compile(r"'((?:[^'‘’‚‛]|['‘’‚‛]{2})*)'|(-?[\w:$@{}=,.-]+)")


class Side:
    """Mailboxes and groups by their primary addresses, in small letters."""

    def __init__(self):
        self.kinds, self.addresses, self.members = {}, {}, {}

    def make(self, primary, kind):
        assert primary.lower() not in self.kinds, primary
        self.kinds[primary.lower()] = kind
        self.addresses[primary.lower()] = [primary]
        self.members[primary.lower()] = []

    def all(self):
        return [address for some in self.addresses.values() for address in some]

    def write(self, path, rows, **form):
        encoding = form.pop("encoding", "utf-8")
        with path.open("w", newline="", encoding=encoding) as file:
            csv.writer(file, **form).writerows(rows)


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows), path
    return rows


class Microsoft(Side):
    """Exchange Online after users.csv and exchange.ps1."""

    def __init__(self, folder):
        super().__init__()
        for row in table(folder / "users.csv"):
            self.make(row["User Name"], "UserMailbox")
        for line in (folder / "exchange.ps1").read_text(encoding="utf-8-sig").splitlines():
            if line.startswith("Step "):
                self.run(line[line.index("{ ") + 2 : line.rindex(" }")])

    def run(self, command):
        words = [(quoted.replace("''", "'"), bare) for quoted, bare in WORD.findall(command)]
        verb, values, name = words[0][1], {}, None
        for quoted, bare in words[1:]:
            if bare.startswith("-") and not quoted:
                name = bare
                values[name] = []
            elif quoted:
                values[name].append(quoted)
        first = lambda parameter: values[parameter][0]
        if verb == "New-Mailbox":
            self.make(first("-PrimarySmtpAddress"), "RoomMailbox" if "-Room" in values else "EquipmentMailbox")
        elif verb == "New-DistributionGroup":
            assert "$false" in command, "it takes mail from outside"
            self.make(first("-PrimarySmtpAddress"), "MailUniversalDistributionGroup")
        elif verb in ("Set-Mailbox", "Set-DistributionGroup") and "-EmailAddresses" in values:
            self.addresses[first("-Identity").lower()] += [one.removeprefix("smtp:") for one in values["-EmailAddresses"]]
        elif verb == "Add-DistributionGroupMember":
            self.members[first("-Identity").lower()].append(first("-Member"))

    def export(self, folder):
        """What Get-Recipient and Get-DistributionGroupMember tell, as Windows PowerShell writes it: UTF-16, with `;`."""
        folder.mkdir(exist_ok=True)
        recipients = [["PrimarySmtpAddress", "RecipientTypeDetails", "EmailAddresses"]]
        for primary, addresses in self.addresses.items():
            proxies = ["SMTP:" + addresses[0], *("smtp:" + one for one in addresses[1:]), "SIP:" + addresses[0]]
            recipients.append([addresses[0], self.kinds[primary], " ".join(proxies)])
        form = {"encoding": "utf-16", "delimiter": ";", "quoting": csv.QUOTE_ALL}
        self.write(folder / "recipients.csv", recipients, **form)
        members = [["Group", "Member"]]
        members += [[group, member] for group, all in self.members.items() for member in all]
        self.write(folder / "members.csv", members, **form)


class Google(Side):
    """Google Workspace after users.csv and workspace.sh. A resource gets an address of Google's own."""

    def __init__(self, folder):
        super().__init__()
        for row in table(folder / "users.csv"):
            self.make(row["Email Address [Required]"], "user")
        script, words = folder / "workspace.sh", folder / "words"
        subprocess.run(["bash", "-n", script], check=True)
        gam = folder / "gam"
        gam.write_text('#!/bin/sh\nfor word; do printf \'%s\\037\' "$word"; done >>"$WORDS"\nprintf \'\\036\' >>"$WORDS"\n')
        gam.chmod(0o700)
        path = f"{folder}:/usr/bin:/bin"
        subprocess.run(["sh", script], check=True, env={"PATH": path, "WORDS": str(words)}, timeout=120)
        self.resources = 0
        for line in words.read_text(encoding="utf-8").split("\036")[:-1]:
            self.run(line.split("\037")[:-1])

    def run(self, words):
        if words[:2] == ["create", "group"]:
            self.make(words[2], "group")
        elif words[:2] == ["create", "alias"]:
            self.addresses[words[4].lower()].append(words[2])
        elif words[:2] == ["update", "group"] and words[3:5] == ["add", "member"]:
            self.members[words[2].lower()].append(words[6])
        elif words[:2] == ["create", "resource"]:
            self.resources += 1
            self.make(f"c_{self.resources}@resource.calendar.google.com", "resource")

    def export(self, folder):
        """What `gam print users`, `groups`, `aliases`, `group-members` and `resources` tell."""
        folder.mkdir(exist_ok=True)
        of = lambda kind: [self.addresses[one][0] for one, its in self.kinds.items() if its == kind]
        self.write(folder / "users.csv", [["primaryEmail", "suspended"], *([one, "False"] for one in of("user"))])
        self.write(folder / "groups.csv", [["email"], *([one] for one in of("group"))], encoding="utf-8-sig")
        self.write(folder / "resources.csv", [["resourceId", "resourceEmail"], *(["1", one] for one in of("resource"))])
        aliases = [["Alias", "Target", "TargetType"]]
        members = [["group", "type", "role", "id", "status", "email"]]
        for primary, addresses in self.addresses.items():
            aliases += [[alias, addresses[0], self.kinds[primary].title()] for alias in addresses[1:]]
        for group, all in self.members.items():
            members += [[group, "USER", "MEMBER", "1", "ACTIVE", member] for member in all]
        self.write(folder / "aliases.csv", aliases)
        self.write(folder / "members.csv", members)


class Generic(Side):
    """A service that takes directory.json, and tells what it has in the same form."""

    def __init__(self, folder):
        super().__init__()
        self.document = json.loads((folder / "directory.json").read_text(encoding="utf-8"))
        for one in self.document["recipients"]:
            if not one["registered"] or "email" not in one:
                continue
            self.make(one["email"], one["kind"])
            self.addresses[one["email"].lower()] += one["aliases"]
            self.members[one["email"].lower()] = [member["email"] for member in one.get("members", []) if "email" in member]

    def export(self, folder):
        folder.mkdir(exist_ok=True)
        recipients = []
        for primary, addresses in self.addresses.items():
            members = [{"kind": "user", "name": "", "email": one} for one in self.members[primary]]
            kind = {"email": addresses[0], "aliases": addresses[1:], "members": members, "kind": self.kinds[primary]}
            recipients.append({"name": primary, "id": "", "registered": True, "fields": {}, **kind})
        document = {**self.document, "recipients": recipients}
        (folder / "directory.json").write_text(json.dumps(document), encoding="utf-8")
