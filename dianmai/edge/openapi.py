"""The OpenAPI document of all operations, made from their structs and docstrings."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from dianmai.core.limits import Limit, declared
from dianmai.core.operations import Operation
from dianmai.edge import limits as limits  # declares those of the doors
from dianmai.wire.errors import ErrorAnswer

LIMITS: Final = "x-dianmai-limits"
"""How often and how much, which no schema can say: `most` of `what` per `per`, beyond that the refusal `code`."""


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
        LIMITS: [_limit(limit) for limit in declared() if not limit.operations],
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
    own = [_limit(limit) for limit in declared() if operation.name in limit.operations]
    if own:
        described[LIMITS] = own
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


def _limit(limit: Limit) -> dict[str, Any]:
    return {"what": limit.what, "most": limit.most, "per": limit.per, "code": limit.code}
