"""Every list that has pages: any size, nothing skipped and nothing told twice while others write, and
tokens that were made for another request are refused."""

from botocore.exceptions import ClientError
from support import Case

BEFORE, MEANWHILE = 9, 4


class Pages(Case):
    def setUp(self):
        super().setUp()
        self.operations = {name: method for method, name in self.client.meta.method_to_api_mapping.items()}
        self.people = [self.user(f"p{number:02}", f"p{number:02}@example.com") for number in range(BEFORE + MEANWHILE)]
        self.ana = self.user("ana", "ana@example.com")
        self.staff = self.group("staff", "staff@example.com")
        self.room = self.resource("room", "room@example.com")

    def lists(self):
        """By list: how its items come and go, its filter, and where it tells them."""
        call, people, ana, staff, room = self.call, self.people, self.ana, self.staff, self.room
        role = {"RoleArn": "arn:aws:iam::123456789012:role/export", "S3BucketName": "exports", "S3Prefix": "x",
                "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"}

        def override(number):
            device = {"UserId": ana, "DeviceId": f"d{number:02}"}
            call("put_mobile_device_access_override", Effect="DENY", **device)
            return device["DeviceId"]

        def token(number):
            new = {"organization": self.organization, "user": "ana", "name": f"t{number:02}", "scopes": ["mail"]}
            return self.post("/_emulator/personal-access-tokens", new)["id"]

        def organization(number):
            return self.client.create_organization(Alias=f"other{number:02}")["OrganizationId"]

        def domain(number):
            call("register_mail_domain", DomainName=f"d{number:02}.example.net", ClientToken=f"d{number}")
            return f"d{number:02}.example.net"

        def seat(number):
            call("associate_member_to_group", GroupId=staff, MemberId=people[number])
            return people[number]

        def delegate(number):
            call("associate_delegate_to_resource", ResourceId=room, EntityId=people[number])
            return people[number]

        def grant(number):
            call("put_mailbox_permissions", EntityId=ana, GranteeId=people[number], PermissionValues=["FULL_ACCESS"])
            return people[number]

        def alias(number):
            call("create_alias", EntityId=ana, Alias=f"a{number:02}@example.com")
            return f"a{number:02}@example.com"

        def group_of(number):
            identifier = self.group(f"of{number:02}", f"of{number:02}@example.com")
            call("associate_member_to_group", GroupId=identifier, MemberId=ana)
            return identifier

        def impersonation(number):
            return call("create_impersonation_role", Name=f"r{number:02}", Type="READ_ONLY",
                        Rules=[{"ImpersonationRuleId": "all", "Effect": "ALLOW"}])["ImpersonationRoleId"]

        def availability(number):
            provider = {"LambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:free-busy"}
            call("create_availability_configuration", DomainName=f"a{number:02}.example.net", LambdaProvider=provider)
            return f"a{number:02}.example.net"

        def export(number):
            return call("start_mailbox_export_job", EntityId=people[number], ClientToken=f"e{number}", **role)["JobId"]

        def device_gone(item):
            call("delete_mobile_device_access_override", UserId=ana, DeviceId=item)

        return {
            "ListUsers": (lambda number: self.user(f"x{number:02}"), lambda item: call("delete_user", UserId=item), {}, "Users", "Id"),
            "ListGroups": (lambda number: self.group(f"y{number:02}"), lambda item: call("delete_group", GroupId=item), {}, "Groups", "Id"),
            "ListResources": (lambda number: self.resource(f"z{number:02}"), lambda item: call("delete_resource", ResourceId=item), {}, "Resources", "Id"),
            "ListGroupMembers": (seat, lambda item: call("disassociate_member_from_group", GroupId=staff, MemberId=item), {"GroupId": staff}, "Members", "Id"),
            "ListGroupsForEntity": (group_of, lambda item: call("disassociate_member_from_group", GroupId=item, MemberId=ana), {"EntityId": ana}, "Groups", "GroupId"),
            "ListResourceDelegates": (delegate, lambda item: call("disassociate_delegate_from_resource", ResourceId=room, EntityId=item), {"ResourceId": room}, "Delegates", "Id"),
            "ListMailboxPermissions": (grant, lambda item: call("delete_mailbox_permissions", EntityId=ana, GranteeId=item), {"EntityId": ana}, "Permissions", "GranteeId"),
            "ListAliases": (alias, lambda item: call("delete_alias", EntityId=ana, Alias=item), {"EntityId": ana}, "Aliases", None),
            "ListOrganizations": (organization, lambda item: self.client.delete_organization(OrganizationId=item, DeleteDirectory=True), None, "OrganizationSummaries", "OrganizationId"),
            "ListMailDomains": (domain, lambda item: call("deregister_mail_domain", DomainName=item), {}, "MailDomains", "DomainName"),
            "ListImpersonationRoles": (impersonation, lambda item: call("delete_impersonation_role", ImpersonationRoleId=item), {}, "Roles", "ImpersonationRoleId"),
            "ListMobileDeviceAccessOverrides": (override, device_gone, {"UserId": ana}, "Overrides", "DeviceId"),
            "ListPersonalAccessTokens": (token, lambda item: call("delete_personal_access_token", PersonalAccessTokenId=item), {"UserId": ana}, "PersonalAccessTokenSummaries", "PersonalAccessTokenId"),
            "ListAvailabilityConfigurations": (availability, lambda item: call("delete_availability_configuration", DomainName=item), {}, "AvailabilityConfigurations", "DomainName"),
            "ListMailboxExportJobs": (export, lambda item: call("cancel_mailbox_export_job", JobId=item, ClientToken=item), {}, "Jobs", "JobId"),
        }

    def page(self, name, filters, **arguments):
        given = dict(arguments) if filters is None else {"OrganizationId": self.organization} | filters | arguments
        return getattr(self.client, self.operations[name])(**given)

    def through(self, name, filters, member, key, size, between=lambda: None):
        """Every item, in the order of the pages."""
        seen, token = [], {}
        for _ in range(1000):
            reply = self.page(name, filters, MaxResults=size, **token)
            self.assertLessEqual(len(reply[member]), size, name)
            seen += [item[key] if key else item for item in reply[member]]
            if "NextToken" not in reply:
                return seen
            token = {"NextToken": reply["NextToken"]}
            between()
        self.fail(f"{name}: the pages do not end")

    def test_every_list(self):
        lists = self.lists()
        model = self.client.meta.service_model
        paged = {name for name in model.operation_names if "NextToken" in model.operation_model(name).input_shape.members}
        self.assertEqual(set(lists), paged)
        tokens = {}
        for name, (make, take, filters, member, key) in lists.items():
            stay = [make(number) for number in range(BEFORE)]
            whole = self.through(name, filters, member, key, 100)
            self.assertLessEqual(set(stay), set(whole), name)
            self.assertEqual(len(whole), len(set(whole)), name)
            for size in (1, 2, 3, len(whole) - 1, len(whole)):
                self.assertEqual(self.through(name, filters, member, key, size), whole, f"{name} by {size}")
            # The next token is told exactly where there is more.
            self.assertNotIn("NextToken", self.page(name, filters, MaxResults=len(whole)), name)
            # Another writes between the pages: what stays is told once, what comes or goes at most once.
            numbers, gone = iter(range(BEFORE, BEFORE + MEANWHILE)), []

            def between():
                number = next(numbers, None)
                if number is None:
                    return
                if number % 2:
                    make(number)
                else:
                    gone.append(stay.pop(len(stay) // 2))
                    take(gone[-1])

            seen = self.through(name, filters, member, key, 2, between)
            self.assertLessEqual(set(stay), set(seen), name)
            self.assertEqual(len(seen), len(set(seen)), name)
            self.assertEqual(len(gone), 2, name)
            tokens[name] = self.page(name, filters, MaxResults=1)["NextToken"]
            bad = [tokens[name][:-2] + ("AA" if not tokens[name].endswith("AA") else "BB"), "forged", tokens[name] + "x"]
            for token in bad + [other for list_, other in tokens.items() if list_ != name]:
                with self.assertRaises(ClientError, msg=f"{name} took {token}") as caught:
                    self.page(name, filters, NextToken=token)
                self.assertIn(caught.exception.response["Error"]["Code"], {"InvalidParameterException", "ValidationException"}, name)
        print(f"{len(lists)} lists paged")

    def test_a_token_is_for_one_filter(self):
        self.call("associate_member_to_group", GroupId=self.staff, MemberId=self.ana)
        self.call("associate_member_to_group", GroupId=self.staff, MemberId=self.people[0])
        other = self.group("other", "other@example.com")
        token = self.call("list_group_members", GroupId=self.staff, MaxResults=1)["NextToken"]
        with self.assertRaises(ClientError):
            self.call("list_group_members", GroupId=other, NextToken=token)
        token = self.call("list_users", Filters={"State": "ENABLED"}, MaxResults=1)["NextToken"]
        self.assertTrue(self.call("list_users", Filters={"State": "ENABLED"}, MaxResults=50, NextToken=token)["Users"])
        with self.assertRaises(ClientError):
            self.call("list_users", Filters={"State": "DELETED"}, NextToken=token)
