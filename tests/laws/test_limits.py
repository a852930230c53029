"""Every string, list and map of a request has a limit, and one more is refused with the documented code and field."""

import msgspec
import pytest
from msgspec import inspect

from dianmai.app import App
from dianmai.core.access import Actor
from dianmai.core.decoding import decode
from dianmai.core.engine import Asked
from dianmai.core.errors import Refusal, described
from dianmai.core.limits import declared
from dianmai.core.operations import Operation
from dianmai.edge import openapi
from tests.docs.generating import operations
from tests.docs.limited import Part, item_of, parts, sample, steps_of, text_of, with_part
from tests.world import World

OPERATIONS = {operation.name: operation for operation in operations()}
PARTS = [part for operation in OPERATIONS.values() for part in parts(operation)]
BY_DECODER = [part for part in PARTS if not part.by_operation and "{}" not in part.path]
BY_OPERATION = [part for part in PARTS if part.by_operation and part.most is not None]


def ids(found: list[Part]) -> list[str]:
    return [f"{part.operation} {part.path} {part.kind}" for part in found]


def request(part: Part, size: int) -> bytes:
    """The least request of the operation that has so much at this place."""
    ask, steps = inspect.type_info(OPERATIONS[part.operation].ask), steps_of(part.path)
    value: object = size
    if part.kind == "characters":
        value = text_of(size, part.pattern)
    elif part.kind == "items":
        held = item_of(ask, steps)
        if isinstance(held, inspect.DictType):
            value = {f"chat:{n}": sample(held.value_type) for n in range(size)}
        else:
            assert isinstance(held, inspect.ListType)
            value = [sample(held.item_type)] * size
    return msgspec.json.encode(with_part(ask, steps, value))


def refusal(operation: Operation, body: bytes) -> Refusal | None:
    try:
        decode(operation.decoder, body)
    except Refusal as refused:
        return refused
    return None


def test_there_are_many_of_them() -> None:
    assert len(BY_DECODER) > 100
    assert {part.kind for part in BY_DECODER} == {"characters", "items", "number"}


def test_everything_that_can_be_long_has_a_limit() -> None:
    assert [f"{part.operation} {part.path}" for part in PARTS if part.most is None] == []


@pytest.mark.parametrize("part", BY_DECODER, ids=ids(BY_DECODER))
def test_the_limit_is_taken_and_one_more_is_refused_with_its_code_and_field(part: Part) -> None:
    operation = OPERATIONS[part.operation]
    assert part.most is not None
    assert refusal(operation, request(part, part.most)) is None
    refused = refusal(operation, request(part, part.most + 1))
    assert refused is not None
    field = part.path.replace("[]", "[0]")
    assert (refused.code, refused.field, refused.limit) == (part.code, field, part.most)
    assert refused.status in (400, 422)


@pytest.mark.parametrize("part", BY_DECODER, ids=ids(BY_DECODER))
def test_one_less_than_the_least_is_refused_as_well(part: Part) -> None:
    operation = OPERATIONS[part.operation]
    if part.least == 0 and part.kind != "number":
        return
    refused = refusal(operation, request(part, part.least - 1))
    assert refused is not None
    assert refused.field == part.path.replace("[]", "[0]")


@pytest.mark.parametrize("part", BY_OPERATION, ids=ids(BY_OPERATION))
async def test_what_an_operation_refuses_itself_is_refused_so(product: App, world: World, part: Part) -> None:
    reader = Actor(world.wang_min.id, "person")
    assert part.most is not None
    for size, code in ((part.most, None), (part.most + 1, part.code)):
        try:
            await product.engine.answer(reader, Asked(part.operation, request(part, size), "limits-001"))
        except Refusal as refused:
            found = refused
        else:
            found = None
        if code is None:
            assert found is None or found.code != part.code
        else:
            assert found is not None
            assert (found.code, found.field, found.limit) == (code, part.path, part.most)


def test_what_is_declared_is_described_and_stands_in_the_document() -> None:
    document = openapi.document(OPERATIONS.values())
    said = {(one["what"], one["most"], one["per"]) for one in document[openapi.LIMITS]}
    for path in document["paths"].values():
        said |= {(one["what"], one["most"], one["per"]) for one in path["post"].get(openapi.LIMITS, ())}
    assert said == {(limit.what, limit.most, limit.per) for limit in declared()}
    assert {limit.code for limit in declared()} <= described().keys()
    assert {name for limit in declared() for name in limit.operations} <= OPERATIONS.keys()
