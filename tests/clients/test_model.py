"""What the emulator knows of the service is what botocore's own model knows: every operation, every
member with its bounds, every error."""

import json
import subprocess
import unittest

import botocore.session
from support import BINARY


class Model(unittest.TestCase):
    def compare(self, path, shape, known):
        kind = "integer" if shape.type_name == "long" else shape.type_name
        bounds = shape.metadata
        self.assertEqual(kind, known["type"], path)
        self.compared += 1
        if kind == "structure":
            members = known["members"]
            self.assertEqual(set(shape.members), set(members), path)
            required = {name for name, member in members.items() if member["required"]}
            self.assertEqual(set(shape.required_members), required, path)
            for name, member in shape.members.items():
                self.compare(f"{path}.{name}", member, members[name])
        elif kind == "list":
            self.assertEqual((bounds.get("min", 0), bounds.get("max")), (known["min"], known["max"]), path)
            self.compare(f"{path}[]", shape.member, known["item"])
        elif kind == "integer":
            self.assertEqual((bounds.get("min"), bounds.get("max")), (known["min"], known["max"]), path)
        elif kind == "string" and shape.enum:
            self.assertEqual(list(shape.enum), known.get("enum"), path)
        elif kind == "string":
            told = (bounds.get("min", 0), bounds.get("max"), bounds.get("pattern"))
            self.assertEqual(told, (known["min"], known["max"], known["pattern"]), path)

    def test_operations_members_and_errors(self):
        known = json.loads(subprocess.check_output([BINARY, "emulator", "--list-operations"], timeout=20))
        services = ("workmail", "workmailmessageflow")
        models = [botocore.session.get_session().get_service_model(service) for service in services]
        operations = {name: model.operation_model(name) for model in models for name in model.operation_names}
        self.assertEqual(set(known), set(operations))
        self.assertEqual(len(operations), 94)
        self.compared = errors = 0
        for name, operation in operations.items():
            self.compare(name, operation.input_shape, {"type": "structure", "members": known[name]["input"]})
            declared = {shape.name for shape in operation.error_shapes}
            self.assertEqual(declared, set(known[name]["errors"]), name)
            errors += len(declared)
        print(f"{len(operations)} operations, {self.compared} members and {errors} errors are those of the model")
