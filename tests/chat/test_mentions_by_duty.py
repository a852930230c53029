"""Mentions of duties and positions (R6, R21, R79): whom they mean is settled when it is sent, and said in it."""

import msgspec
import pytest

from dianmai.app import App
from dianmai.chat import mention_rules
from dianmai.core.engine import Asked
from dianmai.core.errors import Conflict, Invalid, NotAllowed
from dianmai.wire.chat import Changed, Edit, GetHistory, History, Mention, MentionWish, Message, Send, Sent
from dianmai.wire.duties import DutyHolders, SetDutyHolder
from dianmai.wire.mentions import FindMentionable, GetMentions, Mentionable, Mentions
from dianmai.wire.org import PersonBrief
from tests.chat.groups_of import ask, change, follow, group_named
from tests.world import Member, World

pytestmark = pytest.mark.anyio

EQUIPMENT, PRODUCTS = 1, 2
CALL = "@设备负责人 冷柜不制冷"
BY_DUTY = MentionWish(at=0, length=6, duty=EQUIPMENT)


@pytest.fixture
async def store(product: App, world: World) -> str:
    """The group of 南京路店."""
    await follow(product)
    return await group_named(product, "南京路店")


async def assign(product: App, world: World, person: Member | None, deputy: Member | None = None) -> None:
    shop = world.nanjing_lu
    wanted = SetDutyHolder(unit=shop.id, duty=EQUIPMENT, person=person and person.id, deputy=deputy and deputy.id)
    await ask(product, shop.manager, "org.set_duty_holder", wanted, DutyHolders)


async def send(
    product: App, who: Member, stream: str, text: str, *mentions: MentionWish, nonce: str | None = None
) -> Sent:
    return await ask(product, who, "chat.send", Send(stream=stream, text=text, mentions=list(mentions)), Sent, nonce)


async def said_last(product: App, who: Member, stream: str) -> Message:
    return (await ask(product, who, "chat.history", GetHistory(stream=stream), History)).messages[-1]


async def found_by(product: App, who: Member) -> list[str]:
    listed = await ask(product, who, "chat.mentions", GetMentions(), Mentions)
    return [message.body.text for message in listed.messages]


async def offered(product: App, who: Member, stream: str, text: str = "") -> Mentionable:
    return await ask(product, who, "chat.mentionable", FindMentionable(stream=stream, text=text), Mentionable)


async def goes_away(product: App, person: Member, *, from_the_group: str | None = None) -> None:
    pool = product.engine.database.pool
    if from_the_group is None:
        await pool.execute("UPDATE holding SET held = false WHERE person = $1", person.id)
    else:
        await pool.execute(
            "UPDATE member SET left_at = now() WHERE stream = $1 AND actor = $2", from_the_group, person.id
        )


async def test_a_duty_reaches_its_holder_and_the_message_says_who_that_was(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    xu, yang = shop.clerks[0], shop.clerks[1]
    await assign(product, world, xu)
    await send(product, shop.cashier, store, CALL, BY_DUTY)
    [mention] = (await said_last(product, shop.manager, store)).body.mentions
    assert mention == Mention(at=0, length=6, duty=EQUIPMENT, people=[PersonBrief(id=xu.id, name=xu.name)])
    assert await found_by(product, xu) == [CALL]
    assert await found_by(product, yang) == []
    await assign(product, world, yang)
    await send(product, shop.cashier, store, "@设备负责人 还有灯", BY_DUTY)
    assert await found_by(product, yang) == ["@设备负责人 还有灯"]
    assert await found_by(product, xu) == [CALL], "who had it then stays the one who was meant"


async def test_where_the_holder_is_gone_the_deputy_is_reached_and_where_nobody_is_it_is_refused(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    xu, tang = shop.clerks[0], shop.cashier
    with pytest.raises(Invalid) as refused:
        await send(product, shop.manager, store, CALL, BY_DUTY)
    assert (refused.value.code, refused.value.field) == ("nobody_there", "mentions")
    assert "设备负责人" in refused.value.body("zh-CN", "r").message
    await assign(product, world, xu, tang)
    await goes_away(product, xu)
    await send(product, shop.manager, store, CALL, BY_DUTY)
    assert await found_by(product, tang) == [CALL]
    # Still employed there, but not (yet, or any more) in the group: a name that reaches nobody is no mention.
    await goes_away(product, tang, from_the_group=store)
    with pytest.raises(Invalid):
        await send(product, shop.manager, store, CALL, BY_DUTY)


async def test_the_same_nonce_again_answers_as_before_though_the_duty_has_gone_to_somebody_else(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    await assign(product, world, shop.clerks[0])
    first = await send(product, shop.manager, store, CALL, BY_DUTY, nonce="cold-box-1")
    await assign(product, world, shop.clerks[1])
    assert await send(product, shop.manager, store, CALL, BY_DUTY, nonce="cold-box-1") == first
    await assign(product, world, None)
    assert await send(product, shop.manager, store, CALL, BY_DUTY, nonce="cold-box-1") == first
    await assign(product, world, shop.clerks[1])
    with pytest.raises(Conflict) as refused:
        other = MentionWish(at=0, length=6, person=shop.clerks[1].id)
        await send(product, shop.manager, store, CALL, other, nonce="cold-box-1")
    assert refused.value.code == "idempotency_conflict"
    assert await found_by(product, shop.clerks[0]) == [CALL]
    assert await found_by(product, shop.clerks[1]) == []


async def test_an_edit_keeps_whom_a_duty_meant_and_lets_it_mean_nobody_new(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    xu = shop.clerks[0]
    await assign(product, world, xu)
    said = await send(product, shop.manager, store, CALL, BY_DUTY)
    await assign(product, world, shop.clerks[1])
    kept = MentionWish(at=3, length=6, duty=EQUIPMENT)
    edit = Edit(stream=store, seq=said.seq, text="麻烦 @设备负责人 看下冷柜", mentions=[kept])
    await ask(product, shop.manager, "chat.edit", edit, Changed)
    [mention] = (await said_last(product, shop.manager, store)).body.mentions
    assert mention == Mention(at=3, length=6, duty=EQUIPMENT, people=[PersonBrief(id=xu.id, name=xu.name)])
    assert await found_by(product, xu) == ["麻烦 @设备负责人 看下冷柜"]
    for wish in (MentionWish(at=3, length=6, duty=PRODUCTS), MentionWish(at=3, length=6, position="clerk")):
        with pytest.raises(Invalid) as refused:
            again = Edit(stream=store, seq=said.seq, text="麻烦 @商品负责人 看下冷柜", mentions=[wish])
            await ask(product, shop.manager, "chat.edit", again, Changed)
        assert refused.value.code == "bad_mention"


async def test_a_position_reaches_those_who_hold_it_here_but_the_author(product: App, world: World, store: str) -> None:
    shop = world.nanjing_lu
    clerks = shop.clerks
    await send(product, clerks[0], store, "@店员 谁换班", MentionWish(at=0, length=3, position="clerk"))
    [mention] = (await said_last(product, shop.manager, store)).body.mentions
    assert {person.id for person in mention.people} == {clerk.id for clerk in clerks[1:]}
    for clerk in clerks[1:]:
        assert await found_by(product, clerk) == ["@店员 谁换班"]
    assert await found_by(product, clerks[0]) == await found_by(product, shop.cashier) == []
    with pytest.raises(Invalid) as refused:
        await send(product, shop.manager, store, "@采购 来货吗", MentionWish(at=0, length=3, position="purchasing"))
    assert refused.value.code == "nobody_there"


async def test_several_at_once_are_called_by_whom_the_group_lets_call_all(
    product: App, world: World, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = world.nanjing_lu
    await change(product, shop.manager, store, mention_all_by="managers")
    by_position = MentionWish(at=0, length=3, position="clerk")
    with pytest.raises(NotAllowed) as refused:
        await send(product, shop.cashier, store, "@店员 谁换班", by_position)
    assert refused.value.code == "forbidden"
    assert "clerk" not in {one.position for one in (await offered(product, shop.cashier, store)).positions}
    await send(product, shop.cashier, store, "@店长 早", MentionWish(at=0, length=3, position="store_manager"))
    await send(product, shop.manager, store, "@店员 谁换班", by_position)
    monkeypatch.setattr(mention_rules, "MOST_CALLED", 2)
    with pytest.raises(Invalid) as too_many:
        await send(product, shop.manager, store, "@店员 谁换班", by_position)
    assert too_many.value.code == "too_many_called"
    assert "clerk" not in {one.position for one in (await offered(product, shop.manager, store)).positions}


async def test_what_is_offered_reaches_somebody_else_and_fits_what_was_typed(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    xu, tang = shop.clerks[0], shop.cashier
    assert (await offered(product, shop.manager, store)).duties == []
    await assign(product, world, xu, tang)
    told = await offered(product, shop.manager, store)
    [duty] = told.duties
    assert (duty.duty, duty.name, duty.person.name, duty.deputy) == (EQUIPMENT, "设备", xu.name, False)
    assert [(one.title, one.people, one.person and one.person.name) for one in told.positions] == [
        ("区域经理", 1, "吴芳"),
        ("副店长", 1, "杨帆"),
        ("店员", 4, None),
        ("收银员", 1, "唐雪"),
    ]
    assert (await offered(product, xu, store)).duties == [], "oneself is not called"
    for typed in ("设", "设备负责", "sb", "shebei", "sheb", "equip"):
        assert [one.name for one in (await offered(product, shop.manager, store, typed)).duties] == ["设备"], typed
    for typed in ("商品", "许", "bs", "负责人"):
        assert (await offered(product, shop.manager, store, typed)).duties == [], typed
    for typed in ("店员", "导购", "dianyuan", "dy"):
        assert [one.position for one in (await offered(product, shop.manager, store, typed)).positions] == ["clerk"]
    await goes_away(product, xu)
    [duty] = (await offered(product, shop.manager, store)).duties
    assert (duty.person.name, duty.deputy) == (tang.name, True)


async def test_only_a_units_own_group_knows_its_duties_and_only_what_is_held_there_counts(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    await assign(product, world, shop.clerks[0])
    everybody = await group_named(product, "全体员工")
    assert (await offered(product, shop.manager, everybody)).duties == []
    with pytest.raises(Invalid) as refused:
        await send(product, shop.manager, everybody, CALL, BY_DUTY)
    assert refused.value.code == "nobody_there"
    # 吴芳 of this store stands in as the manager of another one: here she is none.
    await product.engine.database.pool.execute(
        "INSERT INTO holding (person, unit, position, rank, seat, from_date, held)"
        " VALUES ($1, $2, 'store_manager', 5, $2, '2026-01-01', true)",
        world.wu_fang.id,
        world.xujiahui.id,
    )
    [position] = (await offered(product, shop.cashier, store, "店长")).positions[:1]
    assert (position.position, position.people) == ("store_manager", 1)
    await send(product, shop.cashier, store, "@店长 早", MentionWish(at=0, length=3, position="store_manager"))
    assert await found_by(product, world.wu_fang) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"at": 0, "length": 6, "duty": 1, "position": "clerk"},
        {"at": 0, "length": 6, "duty": 1, "everyone": True},
        {"at": 0, "length": 6, "duty": 0},
        {"at": 0, "length": 6, "duty": 99},
        {"at": 0, "length": 6, "position": ""},
        {"at": 0, "length": 6, "position": "c" * 41},
        {"at": 0, "length": 6, "position": "no_such_position"},
        {"at": 1, "length": 5, "duty": 1},
        {"at": 0, "length": 6, "duties": [1]},
    ],
)
async def test_what_is_no_mention_is_refused_and_nothing_is_said(
    product: App, world: World, store: str, wish: dict[str, object]
) -> None:
    shop = world.nanjing_lu
    await assign(product, world, shop.clerks[0])
    body = {"stream": store, "text": CALL, "mentions": [wish]}
    with pytest.raises(Invalid):
        await product.engine.answer(shop.manager.actor, Asked("chat.send", msgspec.json.encode(body), "no-mention-1"))
    assert await found_by(product, shop.clerks[0]) == []
    assert await product.engine.database.pool.fetchval("SELECT no FROM stream WHERE stream = $1", store) == 0
