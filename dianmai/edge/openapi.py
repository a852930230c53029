"""The OpenAPI document of all operations, made from their structs and docstrings."""

from collections.abc import Iterable
from typing import Any

import msgspec

from dianmai.core.operations import Operation
from dianmai.wire.errors import ErrorAnswer


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """OpenAPI 3.1: one path for each operation, in the order of their names."""
    ordered = sorted(operations, key=lambda o: o.name)
    structs = [s for o in ordered for s in (o.ask, o.answer)] + [ErrorAnswer]
    schemas, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for place, operation in enumerate(ordered):
        paths[f"/api/{operation.name}"] = {"post": _path(operation, schemas[2 * place], schemas[2 * place + 1])}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dianmai",
            "version": "1",
            "description": "One path for each operation. Times: milliseconds.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-dianmai"},
            },
        },
    }


def _path(operation: Operation, ask: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = operation.manual.partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.name.partition(".")[0]],
        "summary": summary,
        "description": rest.strip(),
        "requestBody": {"required": True, "content": {"application/json": {"schema": ask}}},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            "default": {
                "description": "Refused.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}},
            },
        },
        "security": [] if operation.anonymous else [{"bearer": []}, {"session": []}],
    }
    if operation.needs_nonce:
        described["parameters"] = [
            {
                "name": "X-Dianmai-Nonce",
                "in": "header",
                "required": True,
                "description": "Makes a repeat harmless: the same nonce gets the first answer.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 64, "pattern": "^[A-Za-z0-9_:./-]+$"},
            }
        ]
    return described
