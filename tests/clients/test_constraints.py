"""Constraints, generated from botocore's own model: each violation is refused and changes nothing, each
value at a boundary gets past the checks."""

from botocore.exceptions import ClientError
from support import Case
from test_operations import DIRECTORY

REFUSALS = {"InvalidParameterException", "ValidationException", "SerializationException"}
GOOD = {
    "OrganizationId": None,
    "WorkMailIdentifier": "00000000-0000-0000-0000-000000000000",
    "EntityIdentifier": "somebody",
    "EmailAddress": "a@example.com",
    "DomainName": "example.com",
    "WorkMailDomainName": "example.com",
    "OrganizationName": "zeta",
    "AmazonResourceName": "arn:aws:workmail:eu-west-1:123456789012:organization/m-00000000000000000000000000000000",
    "Password": "Secret-123",
    "IdempotencyClientToken": "token",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "DirectoryId": "d-0123456789",
}


class Constraints(Case):
    def good(self, shape):
        kind = shape.type_name
        if shape.name == "OrganizationId":
            return self.organization
        if kind == "structure":
            return {name: self.good(shape.members[name]) for name in shape.required_members}
        if kind == "list":
            return [self.good(shape.member)] * max(shape.metadata.get("min", 0), 1)
        if kind == "boolean":
            return True
        if kind in ("integer", "long"):
            return max(shape.metadata.get("min", 1), 1)
        if shape.enum:
            return shape.enum[0]
        return GOOD.get(shape.name) or "x" * max(shape.metadata.get("min", 1), 1)

    def violations(self, shape):
        limits, kind = shape.metadata, shape.type_name
        # botocore itself cannot send anything but a map for a structure, or but a list for a list.
        wrong_types = {"string": 1, "integer": "x", "boolean": "x", "long": "x"}
        if kind in wrong_types:
            yield wrong_types[kind]
        if kind == "string":
            if limits.get("min", 0) > 0:
                yield ""
            if "max" in limits:
                yield "x" * (limits["max"] + 1)
            if "pattern" in limits and shape.name != "NextToken":
                yield "\u0001"
            if shape.enum:
                yield "NO_SUCH_WORD"
        elif kind in ("integer", "long"):
            if "min" in limits:
                yield limits["min"] - 1
            if "max" in limits:
                yield limits["max"] + 1
        elif kind == "list":
            if limits.get("min", 0) > 0:
                yield []
            if "max" in limits:
                yield [self.good(shape.member)] * (limits["max"] + 1)
            for wrong in self.violations(shape.member):
                yield [wrong]
        elif kind == "structure":
            for name in shape.required_members:
                yield {key: value for key, value in self.good(shape).items() if key != name}

    def boundaries(self, shape):
        limits, kind = shape.metadata, shape.type_name
        if kind in ("integer", "long"):
            yield from (limits[end] for end in ("min", "max") if end in limits)
        elif kind == "string" and shape.enum:
            yield from shape.enum
        elif kind == "string" and "pattern" not in limits:
            yield from ("x" * limits[end] for end in ("min", "max") if end in limits)

    def code(self, operation, arguments):
        method = {v: k for k, v in self.raw.meta.method_to_api_mapping.items()}[operation]
        try:
            getattr(self.raw, method)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return None, ""

    def test_every_constraint_of_every_member(self):
        self.raw = self.boto3(validation=False)
        model = self.raw.meta.service_model
        refused = passed = 0
        before = self.get("/_emulator/state")
        for operation in DIRECTORY:
            shape = model.operation_model(operation).input_shape
            base = self.good(shape)
            declared = {error.name for error in model.operation_model(operation).error_shapes}
            wrongs = []
            for name in shape.required_members:
                # botocore fills client tokens in by itself.
                if not shape.members[name].metadata.get("idempotencyToken"):
                    wrongs.append({key: value for key, value in base.items() if key != name})
            for name, member in shape.members.items():
                wrongs += [base | {name: wrong} for wrong in self.violations(member)]
            for wrong in wrongs:
                code, message = self.code(operation, wrong)
                self.assertIn(code, REFUSALS, f"{operation} took {wrong}")
                if code == "InvalidParameterException":
                    self.assertIn(code, declared, operation)
                refused += 1
        self.assertEqual(before, self.get("/_emulator/state"))
        for operation in DIRECTORY:
            shape = model.operation_model(operation).input_shape
            for name, member in shape.members.items():
                for value in self.boundaries(member):
                    code, message = self.code(operation, self.good(shape) | {name: value})
                    self.assertNotIn("validation error", message, f"{operation}.{name} refused {value!r}")
                    self.assertNotEqual(code, "SerializationException", f"{operation}.{name}")
                    passed += 1
        print(f"{refused} violations refused, {passed} boundary values passed")
        self.assertGreater(refused, 300)
