"""Every operation through boto3, with good and with bad input; replies against botocore's own model."""

import datetime
import hashlib
import io
import json
import zipfile

import botocore.session
from botocore.exceptions import ClientError
from support import Case

TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "double": float,
    "boolean": bool,
    "timestamp": (int, float),
    "list": list,
    "structure": dict,
}


def fitting(shape, name):
    """A value that a member takes."""
    if shape.type_name == "structure":
        return {name: fitting(shape.members[name], name) for name in shape.required_members}
    if shape.type_name == "list":
        return [fitting(shape.member, name)] * shape.metadata.get("min", 0)
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long"):
        return max(shape.metadata.get("min", 1), 1)
    if shape.enum:
        return shape.enum[0]
    known = {
        "IpAddress": "10.0.0.1",
        "Action": "WebMail",
        "Email": "a@example.com",
        "Alias": "a@example.com",
        "Password": "Secret-123",
        "RoleArn": "arn:aws:iam::123456789012:role/export",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
        "ApplicationArn": "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef",
        "LogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:mail:*",
    }
    return known.get(name) or "x" * max(shape.metadata.get("min", 1), 3)


class Operations(Case):
    arguments = ("--clock", "virtual")
    everything, ever_refused, ran = set(), set(), 0

    def setUp(self):
        super().setUp()
        self.raw = None
        # What was really sent: the client itself drops members that its model does not have.
        self.client.meta.events.register("before-parse.workmail", self.received)

    @classmethod
    def tearDownClass(cls):
        tests = [name for name in dir(cls) if name.startswith("test_")]
        if cls.ran >= len(tests):
            services = [botocore.session.get_session().get_service_model(name) for name in ("workmail", "workmailmessageflow")]
            known = {name for service in services for name in service.operation_names}
            assert cls.everything == known, f"never called: {sorted(known - cls.everything)}"
            assert cls.ever_refused == known, f"never refused: {sorted(known - cls.ever_refused)}"
            print(f"{len(known)} operations called with good and with bad input")

    def tearDown(self):
        type(self).ran += 1

    def received(self, response_dict, **_):
        self.raw = json.loads(response_dict["body"] or b"{}")

    def check(self, shape, value, path):
        self.assertIsInstance(value, TYPES[shape.type_name], path)
        self.assertNotIsInstance(value, bool if shape.type_name != "boolean" else dict, path)
        if shape.type_name == "structure":
            for name, member in value.items():
                self.assertIn(name, shape.members, path)
                self.check(shape.members[name], member, f"{path}.{name}")
        elif shape.type_name == "list":
            for item in value:
                self.check(shape.member, item, f"{path}[]")
        elif shape.type_name == "string" and shape.enum:
            self.assertIn(value, shape.enum, path)

    def make(self, operation, **arguments):
        method = {v: k for k, v in self.client.meta.method_to_api_mapping.items()}[operation]
        self.raw = None
        reply = getattr(self.client, method)(**arguments)
        reply.pop("ResponseMetadata")
        shape = self.client.meta.service_model.operation_model(operation).output_shape
        if shape is not None and self.raw is not None:
            self.check(shape, self.raw, operation)
        self.made.add(operation)
        self.everything.add(operation)
        return reply

    def refused(self, operation, code, **arguments):
        before = self.get("/_emulator/state")
        with self.assertRaises(ClientError) as caught:
            self.make(operation, **arguments)
        found = caught.exception.response["Error"]["Code"]
        self.assertEqual(found, code, operation)
        self.ever_refused.add(operation)
        model = self.client.meta.service_model.operation_model(operation)
        declared = {shape.name for shape in model.error_shapes} | {"ValidationException"}
        self.assertIn(found, declared, operation)
        self.assertEqual(before, self.get("/_emulator/state"), operation)

    def test_directory(self):
        self.made = set()
        o = {"OrganizationId": self.organization}
        make, refused = self.make, self.refused
        other = make("CreateOrganization", Alias="other", ClientToken="t")["OrganizationId"]
        self.assertEqual(make("CreateOrganization", Alias="other", ClientToken="t")["OrganizationId"], other)
        refused("CreateOrganization", "NameAvailabilityException", Alias="other", ClientToken="u")
        arn = make("DescribeOrganization", **o)["ARN"]
        refused("DescribeOrganization", "OrganizationNotFoundException", OrganizationId="m-" + "0" * 32)
        self.assertEqual(len(make("ListOrganizations", MaxResults=1)["OrganizationSummaries"]), 1)
        make("DeleteOrganization", OrganizationId=other, DeleteDirectory=True)
        refused("ListUsers", "OrganizationStateException", OrganizationId=other)
        make("TagResource", ResourceARN=arn, Tags=[{"Key": "k", "Value": "v"}])
        self.assertEqual(make("ListTagsForResource", ResourceARN=arn)["Tags"], [{"Key": "k", "Value": "v"}])
        make("UntagResource", ResourceARN=arn, TagKeys=["k"])
        make("TagResource", ResourceARN=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
        refused("TagResource", "TooManyTagsException", ResourceARN=arn, Tags=[{"Key": "one more", "Value": ""}])
        make("RegisterMailDomain", DomainName="new.example.net", **o)
        self.assertEqual(make("GetMailDomain", DomainName="new.example.net", **o)["OwnershipVerificationStatus"], "PENDING")
        refused("UpdateDefaultMailDomain", "MailDomainStateException", DomainName="new.example.net", **o)
        make("UpdateDefaultMailDomain", DomainName="example.com", **o)
        refused("DeregisterMailDomain", "MailDomainInUseException", DomainName="example.com", **o)
        make("DeregisterMailDomain", DomainName="new.example.net", **o)
        self.assertEqual(len(make("ListMailDomains", **o)["MailDomains"]), 3)
        ana = make("CreateUser", Name="ana", DisplayName="Ana", Password="Secret-123", **o)["UserId"]
        bob = make("CreateUser", Name="bob", DisplayName="Bob", **o)["UserId"]
        refused("CreateUser", "NameAvailabilityException", Name="ANA", DisplayName="x", **o)
        refused("CreateUser", "InvalidPasswordException", Name="eve", DisplayName="x", Password="short", **o)
        staff = make("CreateGroup", Name="staff", **o)["GroupId"]
        room = make("CreateResource", Name="room", Type="ROOM", **o)["ResourceId"]
        refused("UpdateUser", "EntityStateException", UserId=ana, JobTitle="x", **o)
        for entity, email in ((ana, "ana@example.com"), (bob, "bob@example.com"), (staff, "staff@example.com"), (room, "room@example.com")):
            make("RegisterToWorkMail", EntityId=entity, Email=email, **o)
        refused("RegisterToWorkMail", "EntityAlreadyRegisteredException", EntityId=ana, Email="other@example.com", **o)
        make("UpdateUser", UserId="ana", JobTitle="Engineer", **o)
        self.assertEqual(make("DescribeUser", UserId="ana@example.com", **o)["JobTitle"], "Engineer")
        refused("DescribeUser", "EntityNotFoundException", UserId="nobody", **o)
        before = self.get("/_emulator/state")
        make("ResetPassword", UserId=ana, Password="Secret-456", **o)
        self.assertNotEqual(before, self.get("/_emulator/state"))
        make("UpdateGroup", GroupId=staff, HiddenFromGlobalAddressList=True, **o)
        self.assertTrue(make("DescribeGroup", GroupId="staff", **o)["HiddenFromGlobalAddressList"])
        refused("UpdateResource", "InvalidConfigurationException", ResourceId=room, BookingOptions={"AutoAcceptRequests": False}, **o)
        make("AssociateDelegateToResource", ResourceId=room, EntityId=ana, **o)
        make("UpdateResource", ResourceId=room, BookingOptions={"AutoAcceptRequests": False}, **o)
        self.assertEqual([d["Id"] for d in make("ListResourceDelegates", ResourceId=room, **o)["Delegates"]], [ana])
        self.assertFalse(make("DescribeResource", ResourceId=room, **o)["BookingOptions"]["AutoAcceptRequests"])
        make("UpdateResource", ResourceId=room, BookingOptions={"AutoAcceptRequests": True}, **o)
        make("DisassociateDelegateFromResource", ResourceId=room, EntityId=ana, **o)
        make("AssociateMemberToGroup", GroupId=staff, MemberId=ana, **o)
        refused("AssociateMemberToGroup", "EntityNotFoundException", GroupId=staff, MemberId=room, **o)
        self.assertEqual([m["Name"] for m in make("ListGroupMembers", GroupId=staff, **o)["Members"]], ["ana"])
        self.assertEqual([g["GroupName"] for g in make("ListGroupsForEntity", EntityId=ana, **o)["Groups"]], ["staff"])
        make("DisassociateMemberFromGroup", GroupId=staff, MemberId=ana, **o)
        make("CreateAlias", EntityId=ana, Alias="info@example.com", **o)
        refused("CreateAlias", "EmailAddressInUseException", EntityId=bob, Alias="info@example.com", **o)
        refused("CreateAlias", "MailDomainNotFoundException", EntityId=bob, Alias="x@nowhere.example", **o)
        make("UpdatePrimaryEmailAddress", EntityId=ana, Email="info@example.com", **o)
        self.assertEqual(sorted(make("ListAliases", EntityId=ana, **o)["Aliases"]), ["ana@example.com", "info@example.com"])
        self.assertEqual(make("DescribeEntity", Email="info@example.com", **o)["EntityId"], ana)
        make("DeleteAlias", EntityId=ana, Alias="ana@example.com", **o)
        refused("DescribeEntity", "EntityNotFoundException", Email="ana@example.com", **o)
        make("PutMailboxPermissions", EntityId=ana, GranteeId=bob, PermissionValues=["FULL_ACCESS"], **o)
        refused("PutMailboxPermissions", "InvalidParameterException", EntityId=ana, GranteeId=staff, PermissionValues=["FULL_ACCESS"], **o)
        self.assertEqual(make("ListMailboxPermissions", EntityId=ana, **o)["Permissions"][0]["GranteeId"], bob)
        make("DeleteMailboxPermissions", EntityId=ana, GranteeId=bob, **o)
        make("UpdateMailboxQuota", UserId=ana, MailboxQuota=100, **o)
        refused("UpdateMailboxQuota", "InvalidParameterException", UserId=ana, MailboxQuota=51201, **o)
        self.assertEqual(make("GetMailboxDetails", UserId=ana, **o)["MailboxQuota"], 100)
        refused("DeleteUser", "EntityStateException", UserId=bob, **o)
        for entity in (bob, staff, room):
            make("DeregisterFromWorkMail", EntityId=entity, **o)
        make("DeleteUser", UserId=bob, **o)
        make("DeleteGroup", GroupId=staff, **o)
        make("DeleteResource", ResourceId=room, **o)
        make("ListGroups", **o)
        make("ListResources", **o)
        self.assertIn("DELETED", {user["State"] for user in make("ListUsers", **o)["Users"]})
        stats = self.get("/_emulator/stats")
        self.assertEqual(set(stats) & {"calls", "refused", "total", "maxConcurrent", "log"}, {"calls", "refused", "total", "maxConcurrent", "log"})
        self.assertEqual(stats["total"], sum(stats["calls"].values()))
        self.assertNotIn("Secret-123", str(stats))
        print(f"{len(self.made)} operations, {stats['total']} calls, {sum(stats['refused'].values())} refused")

    def test_rules_settings_and_identity(self):
        self.made = set()
        o = {"OrganizationId": self.organization}
        make, refused = self.make, self.refused
        ana = self.user("ana", "ana@example.com")
        rules = make("ListMobileDeviceAccessRules", **o)["Rules"]
        self.assertEqual([rule["Effect"] for rule in rules], ["ALLOW"])
        rule = make("CreateMobileDeviceAccessRule", Name="old", Effect="DENY", DeviceTypes=["$NONE", "iP"], **o)
        make("UpdateMobileDeviceAccessRule", Name="old", Effect="DENY", Description="x", DeviceModels=["5"], **rule, **o)
        refused("UpdateMobileDeviceAccessRule", "EntityNotFoundException", MobileDeviceAccessRuleId="x", Name="x", Effect="DENY", **o)
        self.assertEqual(make("ListMobileDeviceAccessRules", **o)["Rules"][1]["DeviceModels"], ["5"])
        matched = make("GetMobileDeviceAccessEffect", DeviceModel="5s", **o)["MatchedRules"]
        self.assertEqual(matched, [{"Name": "old"} | rule])
        make("DeleteMobileDeviceAccessRule", **rule, **o)
        device = {"UserId": "ana", "DeviceId": "d1"}
        make("PutMobileDeviceAccessOverride", Effect="DENY", **device, **o)
        self.assertEqual(make("GetMobileDeviceAccessOverride", **device, **o)["UserId"], ana)
        self.assertEqual(len(make("ListMobileDeviceAccessOverrides", DeviceId="D1", **o)["Overrides"]), 1)
        make("DeleteMobileDeviceAccessOverride", **device, **o)
        refused("GetMobileDeviceAccessOverride", "ResourceNotFoundException", **device, **o)
        make("PutRetentionPolicy", Name="p", FolderConfigurations=[{"Name": "INBOX", "Action": "DELETE", "Period": 9}], **o)
        policy = make("GetDefaultRetentionPolicy", **o)["Id"]
        refused("PutRetentionPolicy", "LimitExceededException", Id="x", Name="p", FolderConfigurations=[], **o)
        make("DeleteRetentionPolicy", Id=policy, **o)
        refused("GetDefaultRetentionPolicy", "EntityNotFoundException", **o)
        make("PutEmailMonitoringConfiguration", LogGroupArn="arn:aws:logs:eu-west-1:123456789012:log-group:mail:*", **o)
        self.assertIn("AWSServiceRoleForAmazonWorkMailEvents", make("DescribeEmailMonitoringConfiguration", **o)["RoleArn"])
        make("DeleteEmailMonitoringConfiguration", **o)
        refused("DescribeEmailMonitoringConfiguration", "ResourceNotFoundException", **o)
        make("PutInboundDmarcSettings", Enforced=False, **o)
        self.assertFalse(make("DescribeInboundDmarcSettings", **o)["Enforced"])
        instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef"}
        application = make("CreateIdentityCenterApplication", Name="mail", **instance)
        provider = {
            "AuthenticationMode": "IDENTITY_PROVIDER_ONLY",
            "IdentityCenterConfiguration": instance | application,
            "PersonalAccessTokenConfiguration": {"Status": "ACTIVE", "LifetimeInDays": 30},
        }
        make("PutIdentityProviderConfiguration", **provider, **o)
        self.assertEqual(make("DescribeIdentityProviderConfiguration", **o), provider)
        make("DeleteIdentityProviderConfiguration", **o)
        make("DeleteIdentityCenterApplication", **application)
        refused("PutIdentityProviderConfiguration", "ResourceNotFoundException", **provider, **o)
        new = {"organization": self.organization, "user": "ana", "name": "laptop", "scopes": ["mail"], "expires": 2e9, "lastUsed": 1e9}
        token = {"PersonalAccessTokenId": self.post("/_emulator/personal-access-tokens", new)["id"]}
        self.assertEqual(make("ListPersonalAccessTokens", UserId=ana, **o)["PersonalAccessTokenSummaries"][0]["Name"], "laptop")
        self.assertEqual(make("GetPersonalAccessTokenMetadata", **token, **o)["ExpiresTime"].year, 2033)
        make("DeletePersonalAccessToken", **token, **o)
        refused("GetPersonalAccessTokenMetadata", "ResourceNotFoundException", **token, **o)
        print(f"{len(self.made)} operations of rules, settings and identity")

    def test_access_rules_and_impersonation(self):
        self.made = set()
        o = {"OrganizationId": self.organization}
        make, refused = self.make, self.refused
        ana = self.user("ana", "ana@example.com")
        stranger = "00000000-0000-0000-0000-000000000000"
        make("PutAccessControlRule", Name="web", Effect="DENY", Description="x", IpRanges=["10.0.0.0/8"], Actions=["WebMail"], **o)
        refused("PutAccessControlRule", "EntityNotFoundException", Name="x", Effect="DENY", Description="x", UserIds=[stranger], **o)
        rules = make("ListAccessControlRules", **o)["Rules"]
        self.assertEqual([(rule["Name"], rule.get("Actions")) for rule in rules], [("default", None), ("web", ["WebMail"])])
        attempt = {"IpAddress": "10.1.2.3", "Action": "WebMail", "UserId": ana}
        effect = make("GetAccessControlEffect", **attempt, **o)
        self.assertEqual((effect["Effect"], effect["MatchedRules"]), ("DENY", ["web"]))
        refused("GetAccessControlEffect", "EntityNotFoundException", **attempt | {"UserId": stranger}, **o)
        make("DeleteAccessControlRule", Name="web", **o)
        allow = {"Rules": [{"ImpersonationRuleId": "all", "Effect": "ALLOW"}]}
        role = make("CreateImpersonationRole", Name="sync", Type="READ_ONLY", **allow, **o)
        nobody = {"Rules": [{"ImpersonationRuleId": "x", "Effect": "ALLOW", "TargetUsers": ["nobody"]}]}
        refused("CreateImpersonationRole", "EntityNotFoundException", Name="x", Type="READ_ONLY", **nobody, **o)
        none = {"ImpersonationRoleId": "none"}
        make("UpdateImpersonationRole", Name="sync", Type="FULL_ACCESS", **role, **allow, **o)
        refused("UpdateImpersonationRole", "ResourceNotFoundException", Name="x", Type="READ_ONLY", **none, **allow, **o)
        self.assertEqual(make("GetImpersonationRole", **role, **o)["Type"], "FULL_ACCESS")
        refused("GetImpersonationRole", "ResourceNotFoundException", **none, **o)
        self.assertEqual(len(make("ListImpersonationRoles", **o)["Roles"]), 1)
        self.assertEqual(make("GetImpersonationRoleEffect", TargetUser="ana", **role, **o)["Effect"], "ALLOW")
        refused("GetImpersonationRoleEffect", "ResourceNotFoundException", TargetUser="ana", **none, **o)
        self.assertEqual(make("AssumeImpersonationRole", **role, **o)["ExpiresIn"], 900)
        refused("AssumeImpersonationRole", "ResourceNotFoundException", **none, **o)
        make("DeleteImpersonationRole", **role, **o)
        print(f"{len(self.made)} operations of access rules and impersonation")

    def test_bad_input_of_the_rest(self):
        """Operations that the other tests do not see refused: of an organization that is not there."""
        self.made = set()
        model = self.client.meta.service_model
        nowhere = {"OrganizationId": "m-" + "0" * 32}
        texts = {"ResourceARN": "arn:aws:workmail:eu-west-1:123456789012:organization/" + nowhere["OrganizationId"]}
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            if not {"OrganizationId", "ResourceARN"} & set(shape.members):
                continue
            given = {name: fitting(shape.members[name], name) for name in shape.required_members} | {
                name: value for name, value in (nowhere | texts).items() if name in shape.members
            }
            if operation == "GetAccessControlEffect":
                given["UserId"] = "00000000-0000-0000-0000-000000000000"
            if "LambdaProvider" in shape.members:
                given["LambdaProvider"] = {"LambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:calendars"}
            code = "ResourceNotFoundException" if "ResourceARN" in shape.members else "OrganizationNotFoundException"
            self.refused(operation, code, **given)
        instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef"}
        self.refused("CreateIdentityCenterApplication", "InvalidParameterException", Name="two words", **instance)
        self.refused("DeleteIdentityCenterApplication", "InvalidParameterException", ApplicationArn="arn:aws:sso::no application")
        self.refused("ListOrganizations", "InvalidParameterException", NextToken="forged")

    def test_availability(self):
        self.made = set()
        o = {"OrganizationId": self.organization}
        make, refused = self.make, self.refused
        function = {"LambdaProvider": {"LambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:calendars"}}
        # The emulator itself is an endpoint on this machine, and none that speaks SOAP.
        ews = {"EwsEndpoint": f"{self.endpoint}/EWS/Exchange.asmx", "EwsUsername": "svc", "EwsPassword": "Secret-123"}
        partner = {"DomainName": "partner.example"}
        make("CreateAvailabilityConfiguration", **partner, **function, **o)
        refused("CreateAvailabilityConfiguration", "NameAvailabilityException", **partner, **function, **o)
        refused("CreateAvailabilityConfiguration", "InvalidParameterException", DomainName="x.example", **o)
        self.assertFalse(make("TestAvailabilityConfiguration", **function, **o)["TestPassed"])
        make("UpdateAvailabilityConfiguration", EwsProvider=ews, **partner, **o)
        refused("UpdateAvailabilityConfiguration", "ResourceNotFoundException", DomainName="x.example", **function, **o)
        configurations = make("ListAvailabilityConfigurations", **o)["AvailabilityConfigurations"]
        self.assertEqual([c["EwsProvider"] for c in configurations], [{k: v for k, v in ews.items() if k != "EwsPassword"}])
        for tested in (partner, {"EwsProvider": ews}):
            self.assertIn("The endpoint answered with status", make("TestAvailabilityConfiguration", **tested, **o)["FailureReason"])
        refused("TestAvailabilityConfiguration", "ResourceNotFoundException", DomainName="x.example", **o)
        self.assertNotIn("Secret-123", str(self.get("/_emulator/state")) + str(self.get("/_emulator/stats")))
        make("DeleteAvailabilityConfiguration", **partner, **o)
        make("DeleteAvailabilityConfiguration", **partner, **o)
        self.assertEqual(make("ListAvailabilityConfigurations", **o)["AvailabilityConfigurations"], [])
        print(f"{len(self.made)} operations of availability")

    def test_organizations_and_their_directories(self):
        self.made = set()
        make, refused = self.make, self.refused
        directory = {"DirectoryId": "d-0123456789"}
        key = {"KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1234"}
        refused("CreateOrganization", "InvalidParameterException", Alias="mixed", EnableInteroperability=True)
        mixed = make("CreateOrganization", Alias="mixed", EnableInteroperability=True, **directory, **key)
        told = make("DescribeOrganization", **mixed)
        self.assertTrue(told["InteroperabilityEnabled"])
        self.assertEqual(told["DirectoryId"], directory["DirectoryId"])
        self.assertEqual(told["CompletedDate"].date(), datetime.datetime.now(told["CompletedDate"].tzinfo).date())
        refused("CreateOrganization", "DirectoryInUseException", Alias="more", **directory)
        user = make("CreateUser", Name="ana", DisplayName="Ana", **mixed)
        for state, code in (
            ("read-only", "UnsupportedOperationException"),
            ("unavailable", "DirectoryUnavailableException"),
            ("locked", "DirectoryServiceAuthenticationFailedException"),
        ):
            self.post("/_emulator/directories", {"organization": "mixed", "state": state})
            refused("CreateUser", code, Name="bob", DisplayName="Bob", **mixed)
            make("ListUsers", **mixed)
        self.post("/_emulator/directories", {"organization": "mixed", "state": "writable"})
        make("RegisterToWorkMail", EntityId=user["UserId"], Email="ana@mixed.awsapps.com", **mixed)
        self.post("/_emulator/mailboxes", {"organization": "mixed", "user": "ana", "size": 12.5})
        self.assertEqual(make("GetMailboxDetails", **user, **mixed)["MailboxSize"], 12.5)
        refused("DeleteOrganization", "OrganizationStateException", DeleteDirectory=True, **mixed)
        deleted = make("DeleteOrganization", DeleteDirectory=True, ForceDelete=True, DeleteIdentityCenterApplication=True, **mixed)
        self.assertEqual(deleted["State"], "Deleted")
        refused("CreateOrganization", "DirectoryUnavailableException", Alias="mixed", **directory)
    def test_export_jobs(self):
        self.made = set()
        o = {"OrganizationId": self.organization}
        make, refused = self.make, self.refused
        ana = self.user("ana", "ana@example.com")
        room = self.resource("room", "room@example.com")
        self.group("staff", "staff@example.com")
        mail = "Subject: hello\r\n\r\nthere"
        item = self.post("/_emulator/mail", {"organization": "acme", "entity": "ana", "folder": "Inbox/Trips", "content": mail})["id"]
        job = {
            "RoleArn": "arn:aws:iam::123456789012:role/export",
            "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
            "S3BucketName": "mail",
            "S3Prefix": "exports",
        }
        first = make("StartMailboxExportJob", EntityId="ana", ClientToken="t", Description="x", **job, **o)
        self.assertEqual(make("StartMailboxExportJob", EntityId="ana", ClientToken="t", Description="x", **job, **o), first)
        refused("StartMailboxExportJob", "LimitExceededException", EntityId=ana, **job, **o)
        refused("StartMailboxExportJob", "EntityNotFoundException", EntityId="staff", **job, **o)
        refused("DescribeMailboxExportJob", "EntityNotFoundException", JobId="none", **o)
        running = make("DescribeMailboxExportJob", **first, **o)
        self.assertEqual((running["State"], running["EntityId"], running["EstimatedProgress"]), ("RUNNING", ana, 0))
        second = make("StartMailboxExportJob", EntityId=room, **job | {"S3BucketName": "nowhere"}, **o)
        self.user("bob", "bob@example.com")
        third = make("StartMailboxExportJob", EntityId="bob", **job, **o)
        make("CancelMailboxExportJob", **third, **o)
        self.post("/_emulator/clock", {"advance": 10})
        page = make("ListMailboxExportJobs", MaxResults=2, **o)
        rest = make("ListMailboxExportJobs", NextToken=page["NextToken"], **o)
        states = {told["JobId"]: told["State"] for told in page["Jobs"] + rest["Jobs"]}
        self.assertEqual(states, {first["JobId"]: "COMPLETED", second["JobId"]: "FAILED", third["JobId"]: "CANCELLED"})
        self.assertIn("nowhere", make("DescribeMailboxExportJob", **second, **o)["ErrorInfo"])
        done = make("DescribeMailboxExportJob", **first, **o)
        self.assertEqual(done["EndTime"] - done["StartTime"], datetime.timedelta(seconds=10))
        content = (self.buckets / "mail" / done["S3Path"]).read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read(f"Inbox/Trips/{item}.eml").decode(), mail)
            self.assertIn("Sent Items/", archive.namelist())
            self.assertTrue(archive.getinfo("Inbox/").is_dir())
        log = json.loads((self.buckets / "mail" / done["S3Path"].replace(".zip", ".log.json")).read_text())
        self.assertEqual(log["sha384Hash"], hashlib.sha384(content).hexdigest())
        print(f"{len(self.made)} operations of exports")

    def test_message_flow(self):
        self.made = set()
        self.client = self.boto3(service="workmailmessageflow")
        old = "Date: Thu, 7 Nov 2019 19:22:46 +0000\r\nFrom: ana@example.com\r\nMessage-ID: <1>\r\n\r\nold"
        message = {"messageId": self.post("/_emulator/messages", {"content": old})["messageId"]}
        get = lambda: self.make("GetRawMessageContent", **message)["messageContent"].read().decode()
        self.assertEqual(get(), old)
        (self.buckets / "mail" / "new").write_bytes(old.replace("old", "new").encode())
        (self.buckets / "mail" / "bad").write_bytes(old.replace("<1>", "<2>").encode())
        at = lambda key, bucket="mail": {"content": {"s3Reference": {"bucket": bucket, "key": key}}}
        self.make("PutRawMessageContent", **message, **at("new"))
        self.assertEqual(get(), old.replace("old", "new"))
        self.refused("PutRawMessageContent", "MessageRejected", **message, **at("bad"))
        self.refused("PutRawMessageContent", "InvalidContentLocation", **message, **at("none"))
        self.refused("PutRawMessageContent", "InvalidContentLocation", **message, **at("new", "nowhere"))
        self.refused("PutRawMessageContent", "ResourceNotFoundException", messageId="none", **at("new"))
        self.refused("GetRawMessageContent", "ResourceNotFoundException", messageId="none")
        frozen = self.post("/_emulator/messages", {"content": old, "frozen": True})
        self.refused("PutRawMessageContent", "MessageFrozen", **frozen, **at("new"))
        calls = self.get("/_emulator/stats")["calls"]
        self.assertEqual((calls["GetRawMessageContent"], calls["PutRawMessageContent"]), (3, 6))


class Signed(Case):
    arguments = ("--verify-signatures", "test:test")

    def test_the_message_flow_is_signed_by_its_own_name(self):
        message = self.post("/_emulator/messages", {"content": "x"})
        client = self.boto3(service="workmailmessageflow")
        self.assertEqual(client.get_raw_message_content(**message)["messageContent"].read(), b"x")
