"""Constraints, generated from botocore's own model: each violation is refused and changes nothing, each
value at a boundary gets past the checks. Requests go out by hand, past everything that a client checks."""

import http.client
import json
import re
from urllib.parse import quote, urlsplit

import botocore.session
from support import Case

REFUSALS = {"InvalidParameterException", "ValidationException", "SerializationException"}
WRONG_TYPES = {
    "string": [1, True, [], {}],
    "integer": ["1", True, 1.5, [], {}],
    "boolean": ["true", 1, [], {}],
    "list": ["x", 1, {}],
    "structure": ["x", 1, []],
}
# Texts that fit where a row of one letter does not.
ORGANIZATION = "m-" + "0" * 32
UUID = "00000000-0000-0000-0000-000000000000"
TEXTS = [
    ORGANIZATION,
    "a@example.com",
    "example.com",
    "10.0.0.0/8",
    "192.168.100.100/32",
    "1.2.3.4",
    "192.168.100.100",
    UUID,
    "arn:aws:workmail:eu-west-1:123456789012:organization/" + ORGANIZATION,
    "arn:aws:kms:eu-west-1:123456789012:key/" + UUID,
    "arn:aws:iam::123456789012:role/export",
    "arn:aws:iam:::role/export",
    "arn:aws:lambda:eu-west-1:123456789012:function:free-busy",
    "arn:aws:logs:eu-west-1:123456789012:log-group:mail:*",
    "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef",
    "d-0123456789",
    "https://mail.example.com/EWS/Exchange.asmx",
    "Secret-123",
    "0123456789-" + UUID,
]


def kind_of(shape):
    return {"long": "integer"}.get(shape.type_name, shape.type_name)


def fits(shape, text):
    limits = shape.metadata
    inside = limits.get("min", 0) <= len(text) <= limits.get("max", len(text))
    # Look-aheads and anchors are the same in both; `\Z` is the end of the whole text.
    return inside and ("pattern" not in limits or re.fullmatch(limits["pattern"], text, re.ASCII) is not None)


def of_length(shape, length):
    """A text of this length that fits, if a simple one does."""
    candidates = [letter * length for letter in "xa0A/"]
    for text in TEXTS:
        if len(text) == length:
            candidates.append(text)
        # Longer by letters in its middle, before its end, or at its end.
        more = length - len(text)
        if more > 0:
            candidates += [text[:cut] + "0" * more + text[cut:] for cut in range(1, len(text) + 1)]
    return next((text for text in candidates if fits(shape, text)), None)


class Constraints(Case):
    def setUp(self):
        super().setUp()
        self.unmade = set()
        self.connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=20)
        self.addCleanup(self.connection.close)

    def good(self, shape, whole=False):
        """A value that fits, with its required members or with all of them."""
        kind = kind_of(shape)
        if shape.name == "OrganizationId":
            return self.organization
        if kind == "structure":
            names = shape.members if whole else shape.required_members
            return {name: self.good(shape.members[name], whole) for name in names}
        if kind == "list":
            return [self.good(shape.member, whole)] * max(shape.metadata.get("min", 0), 1 if whole else 0)
        if kind == "boolean":
            return True
        if kind == "integer":
            return max(shape.metadata.get("min", 1), 1)
        if kind == "timestamp":
            return 1.7e9
        if shape.enum:
            return shape.enum[0]
        texts = [text for text in TEXTS + ["x"] if fits(shape, text)]
        self.assertTrue(texts or of_length(shape, shape.metadata.get("min", 0)), f"nothing fits {shape.name}")
        return texts[0] if texts else of_length(shape, shape.metadata.get("min", 0))

    def violations(self, shape):
        """Values that break one constraint, with the constraint."""
        limits, kind = shape.metadata, kind_of(shape)
        for wrong in WRONG_TYPES.get(kind, []):
            yield "type", wrong
        if kind == "string":
            least, most = limits.get("min", 0), limits.get("max")
            if least > 0:
                yield "min", of_length(shape, least - 1) or "x" * (least - 1)
            if most is not None:
                yield "max", "x" * (most + 1)
            if shape.enum:
                yield "enum", "NO_SUCH_WORD"
                yield "enum", shape.enum[0] + " "
                if shape.enum[0].lower() not in shape.enum:
                    yield "enum", shape.enum[0].lower()
            elif "pattern" in limits:
                good = self.good(shape)
                outside = ["\u0001" * max(least, 1), good + "\n", " " + good, good + "\u0101", "\n" + good]
                for text in outside:
                    if not fits(shape, text):
                        yield "pattern", text
        elif kind == "integer":
            if "min" in limits:
                yield "min", limits["min"] - 1
            if "max" in limits:
                yield "max", limits["max"] + 1
        elif kind == "list":
            item = self.good(shape.member)
            if limits.get("min", 0) > 0:
                yield "min", [item] * (limits["min"] - 1)
            if "max" in limits:
                yield "max", [item] * (limits["max"] + 1)
            for constraint, wrong in self.violations(shape.member):
                yield constraint, [wrong]
                if limits.get("max", 2) > 1:
                    yield constraint, [item, wrong]
        elif kind == "structure":
            base = self.good(shape)
            for name in shape.required_members:
                yield "required", {key: value for key, value in base.items() if key != name}
                yield "required", base | {name: None}
            for name, member in shape.members.items():
                for constraint, wrong in self.violations(member):
                    yield constraint, base | {name: wrong}

    def boundaries(self, shape):
        """Values that just fit."""
        limits, kind = shape.metadata, kind_of(shape)
        if kind == "integer":
            yield from (limits[end] for end in ("min", "max") if end in limits)
        elif kind == "boolean":
            yield from (True, False)
        elif kind == "string" and shape.enum:
            yield from shape.enum
        elif kind == "string":
            for length in {limits.get("min", 0), limits.get("max", 1)}:
                text = of_length(shape, length)
                if text is None:
                    self.unmade.add(f"{shape.name} of {length}")
                else:
                    yield text
        elif kind == "list":
            for size in {limits.get("min", 0), limits.get("max", 1)}:
                yield [self.good(shape.member)] * size
            for value in self.boundaries(shape.member):
                yield [value] * max(limits.get("min", 0), 1)
        elif kind == "structure":
            base = self.good(shape)
            yield base
            yield self.good(shape, whole=True)
            for name, member in shape.members.items():
                if name not in shape.required_members:
                    yield base | {name: None}
                for value in self.boundaries(member):
                    yield base | {name: value}

    def code(self, operation, arguments):
        """The code and the message of a refusal; none: it was not refused."""
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"WorkMailService.{operation}",
            "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, "
            "SignedHeaders=host, Signature=00",
        }
        self.connection.request("POST", "/", json.dumps(arguments), headers)
        reply = self.connection.getresponse()
        body = json.loads(reply.read() or b"{}")
        if reply.status == 200:
            return None, ""
        return body["__type"], body["Message"]

    def test_every_constraint_of_every_member(self):
        model = botocore.session.get_session().get_service_model("workmail")
        refused, passed = {}, 0
        before = self.get("/_emulator/state")
        for name in model.operation_names:
            operation = model.operation_model(name)
            declared = {error.name for error in operation.error_shapes}
            # A required text that a client fills in by itself is required all the same.
            for constraint, wrong in self.violations(operation.input_shape):
                if not isinstance(wrong, dict):
                    continue
                code, message = self.code(name, wrong)
                self.assertIn(code, REFUSALS, f"{name} took {wrong}: {message}")
                if code == "InvalidParameterException":
                    self.assertIn(code, declared, name)
                if constraint == "type":
                    self.assertEqual(code, "SerializationException", f"{name}: {wrong}")
                else:
                    self.assertIn("failed to satisfy constraint", message, f"{name}: {wrong}")
                refused[constraint] = refused.get(constraint, 0) + 1
            self.assertEqual(before, self.get("/_emulator/state"), name)
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            for value in self.boundaries(shape):
                code, message = self.code(name, value)
                self.assertNotIn("failed to satisfy constraint", message, f"{name} refused {value}")
                self.assertNotEqual(code, "SerializationException", f"{name} refused {value}: {message}")
                passed += 1
        for constraint, count in sorted(refused.items()):
            print(f"{count:6} violations of {constraint} refused")
        print(f"{sum(refused.values())} violations refused, {passed} values at boundaries passed")
        print("no simple text:", ", ".join(sorted(self.unmade)) or "none")
        self.assertGreater(sum(refused.values()), 3000)
        self.assertGreater(passed, 800)

    def flow(self, operation, arguments):
        """A request of the Message Flow API: what has a place in the path goes there."""
        arguments = dict(arguments)
        path = f"/messages/{quote(str(arguments.pop('messageId', '')), safe='')}"
        method = "POST" if operation == "PutRawMessageContent" else "GET"
        headers = {
            "content-type": "application/json",
            "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmailmessageflow/aws4_request, "
            "SignedHeaders=host, Signature=00",
        }
        self.connection.request(method, path, json.dumps(arguments) if method == "POST" else None, headers)
        reply = self.connection.getresponse()
        body = json.loads(reply.read() or b"{}")
        return body.get("__type") or reply.headers["x-amzn-errortype"], body.get("Message", "")

    def test_constraints_of_the_message_flow(self):
        model = botocore.session.get_session().get_service_model("workmailmessageflow")
        refused = passed = 0
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            for constraint, wrong in self.violations(shape):
                # What stands in the path is always there and always a text.
                told = isinstance(wrong, dict) and isinstance(wrong.get("messageId"), str) and wrong["messageId"]
                if not told or any(c in wrong["messageId"] for c in "\u0001\n\u0101 "):
                    continue
                code, message = self.flow(name, wrong)
                self.assertIn(code, REFUSALS, f"{name} took {wrong}: {message}")
                refused += 1
            for value in self.boundaries(shape):
                if isinstance(value.get("messageId"), str) and value["messageId"]:
                    code, message = self.flow(name, value)
                    if value.get("content", "there") is None:
                        continue
                    self.assertNotIn(code, REFUSALS, f"{name} refused {value}: {message}")
                    passed += 1
        print(f"{refused} violations of the Message Flow API refused, {passed} values at boundaries passed")
        self.assertGreater(refused, 20)
