"""Every operation has its row in the authorisation table, and does what the row says."""

from datetime import timedelta

import msgspec
import pytest

from dianmai import chat
from dianmai.app import App
from dianmai.core.access import NOBODY, Actor, end_credential, issue_credential
from dianmai.core.engine import Asked
from dianmai.core.errors import Refusal
from dianmai.core.followers import Followers
from dianmai.core.transactions import Transaction
from dianmai.wire.cards import NewButton, NewCard, SendCard
from dianmai.wire.chat import Send, Sent
from dianmai.wire.notices import Published
from dianmai.wire.pins import Pin
from tests.authorisation import ACTORS, TABLE, Scene, publishing
from tests.world import World


async def signed_in(app: App, people: dict[str, int]) -> dict[str, Actor]:
    """An actor with a session of its own for each name."""

    async def work(tx: Transaction) -> dict[str, Actor]:
        sessions = {n: await issue_credential(tx, p, "session", lifetime=timedelta(hours=1)) for n, p in people.items()}
        return {n: Actor(people[n], "person", credential) for n, (credential, _) in sessions.items()}

    return await app.engine.write(work)


async def follow_everything(app: App) -> None:
    """Lets the groups follow the organisation until nothing is behind."""
    followers = Followers(app.engine, chat.followers)
    await followers.start()
    await followers.stop()
    for follower in chat.followers:
        while await followers.step(follower):
            pass


@pytest.fixture
async def actors(product: App, world: World) -> dict[str, Actor]:
    people = {
        "ended": world.nanjing_lu.cashier,
        "here": world.nanjing_lu.clerks[0],
        "manager": world.nanjing_lu.manager,
        "elsewhere": world.tianhe.clerks[0],
        "elsewhere_manager": world.tianhe.manager,
        "area": world.wu_fang,
        "region": world.liu_jianhua,
        "other_region": world.huang_zhiqiang,
        "hq": world.wang_min,
        "it": world.sun_qiang,
    }
    actors = await signed_in(product, {name: person.id for name, person in people.items()})
    ended = actors["ended"]

    async def end(tx: Transaction) -> None:
        await end_credential(tx, ended.id, ended.credential or 0)

    await product.engine.write(end)
    return {"nobody": NOBODY, **actors}


@pytest.fixture
async def scene(product: App, world: World, actors: dict[str, Actor]) -> Scene:
    await follow_everything(product)
    empty = Scene(world, "", 0, {n: a.credential or 0 for n, a in actors.items()})
    asked = Asked("notices.publish", msgspec.json.encode(publishing(empty)), "the-scene-01")
    published = msgspec.json.decode((await product.engine.answer(actors["hq"], asked)).body, type=Published)
    group = await product.engine.database.pool.fetchval(
        "SELECT stream FROM conversation WHERE key = $1", f"store:{world.nanjing_lu.id}"
    )
    said = Asked("chat.send", msgspec.json.encode(Send(stream=group, text="早")), "the-scene-02")
    message = msgspec.json.decode((await product.engine.answer(actors["manager"], said)).body, type=Sent).seq
    card = SendCard(stream=group, card=NewCard(title="盘点", buttons=[NewButton(id="seen", label="收到", once=False)]))
    asked = Asked("chat.send_card", msgspec.json.encode(card), "the-scene-03")
    shown = msgspec.json.decode((await product.engine.answer(actors["area"], asked)).body, type=Sent).seq
    pinned = Asked("chat.pin", msgspec.json.encode(Pin(stream=group, seq=shown)), "the-scene-04")
    await product.engine.answer(actors["area"], pinned)
    return Scene(world, group, published.notice, empty.sessions, message, shown)


@pytest.mark.parametrize("operation", TABLE)
async def test_each_kind_of_actor_gets_what_the_table_says(
    product: App, actors: dict[str, Actor], scene: Scene, operation: str
) -> None:
    row = TABLE[operation]
    body = msgspec.json.encode(row.ask(scene))
    got: dict[str, str] = {}
    for name in ACTORS:
        try:
            await product.engine.answer(actors[name], Asked(operation, body, f"table-{name}"))
            got[name] = "ok"
        except Refusal as refusal:
            got[name] = refusal.code
    assert got == dict(zip(ACTORS, row.cells, strict=True))


async def test_every_operation_has_a_row(product: App) -> None:
    assert set(product.engine.operations.all()) == TABLE.keys()
