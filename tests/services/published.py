"""Requests and responses against what the services publish about their APIs: the extracts in ``schemas``.

GitHub's is from its OpenAPI description. GitLab publishes none of these operations, so its extract is written after the tables of
its reference. The schema of Adaptive Cards is that of version 1.5.0. Slack, Mattermost and Rocket.Chat publish no schema of their incoming
webhooks: the tests check the field ``text``, the length that each documents, and Slack's escaping.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parent / "schemas"


def load(name: str) -> dict[str, Any]:
    """A schema by its name."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


class Published:
    """What a service publishes about its operations; each is named as in ``GET /user``."""

    def __init__(self, name: str) -> None:
        self.document = load(name)

    def problems(self, operation: str, query: dict[str, str], body: Any) -> list[str]:
        """What is wrong with a request. A parameter or field that is not published is wrong, too."""
        spec = self.document["operations"].get(operation)
        if spec is None:
            return [f"{operation}: not published"]
        found = []
        for name, value in query.items():
            schema = spec["query"].get(name)
            if schema is None:
                found.append(f"{operation}: unknown parameter {name}")
                continue
            typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            found += self._errors(f"{operation}?{name}", schema, typed)
        if "body" not in spec:
            return found + ([f"{operation}: has a body"] if body is not None else [])
        schema = self._resolved(spec["body"])
        found += [f"{operation}: unknown field {name}" for name in body or {} if name not in schema["properties"]]
        return found + self._errors(operation, schema, body)

    def check_response(self, operation: str, data: Any) -> None:
        """Check what the fake answers, so that it is like the real service."""
        errors = self._errors(operation, self.document["operations"][operation]["response"], data)
        assert not errors, errors

    def status(self, operation: str) -> int:
        """The status of success."""
        return int(self.document["operations"][operation]["status"])

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.document[schema["$ref"][2:]] if "$ref" in schema else schema
        return found

    def _errors(self, place: str, schema: dict[str, Any], value: Any) -> list[str]:
        document = {**{key: each for key, each in self.document.items() if key != "operations"}, **schema}
        validator = jsonschema.Draft202012Validator(document)
        return [f"{place}: {each.message[:200]}" for each in validator.iter_errors(value)]
