"""Publishing: who becomes a recipient, who may publish to whom, and what is refused."""

import asyncio
import time

import pytest

from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, Invalid, NotAllowed, Refusal
from dianmai.wire.notices import NoticeBody
from dianmai.wire.org import Audience, AudiencePart
from dianmai.wire.sync import CatchUp, CaughtUp
from tests.notices.asking import EVERYONE, STORE_STAFF, ask, below, board, figures, folder, opened, publish
from tests.notices.company import Company


async def heard(engine: Engine, company: Company, name: str) -> list[str]:
    level = await ask(engine, company[name], "sync.catch_up", CatchUp(), CaughtUp)
    return [entry.kind for entry in level.entries if entry.stream.startswith("notice:")]


async def test_everyone_in_the_audience_hears_it_and_nobody_else(chain: Company) -> None:
    engine = chain.engine
    published = await publish(engine, chain["林悦"], below(chain.units["华东"]))
    assert published.recipients == 7
    assert await heard(engine, chain, "南京路店小陈") == ["notice.published"]
    assert await heard(engine, chain, "华东周总") == ["notice.published"]
    assert await heard(engine, chain, "王府井店店长") == []
    assert await heard(engine, chain, "林悦") == []


async def test_the_entry_carries_what_the_client_shows(chain: Company) -> None:
    published = await publish(chain.engine, chain["林悦"], deadline=int(time.time() * 1000) + 3_600_000)
    level = await ask(chain.engine, chain["南京路店店长"], "sync.catch_up", CatchUp(), CaughtUp)
    (entry,) = [e for e in level.entries if e.stream == published.stream]
    body = msgspec_convert(entry.body)
    assert (body.title, body.recipients, body.publisher.name) == ("冷链召回", 9, "林悦")
    assert entry.no == 1


async def test_moves_joins_and_leavers_after_publishing_change_no_recipient(chain: Company) -> None:
    engine = chain.engine
    published = await publish(engine, chain["林悦"], STORE_STAFF)
    before = await board(engine, chain["林悦"], published.notice)
    await chain.hire("南京路店", "clerk", ["新来的"])
    await chain.move("南京路店小陈", "王府井店", "clerk")
    await chain.leave("徐家汇店小李")
    after = await board(engine, chain["林悦"], published.notice)
    assert [figures(r) for r in after.rows] == [figures(r) for r in before.rows]
    store = await board(engine, chain["林悦"], published.notice, chain.units["南京路店"])
    assert {p.person.name for p in store.people} == {"南京路店店长", "南京路店小陈", "南京路店小李"}
    assert await heard(engine, chain, "新来的") == []


async def test_each_person_is_one_recipient_however_often_they_fit(chain: Company) -> None:
    store = chain.units["南京路店"]
    audience = Audience(
        parts=[AudiencePart(units=[store]), AudiencePart(positions=["clerk"])], people=[chain["南京路店小陈"].id]
    )
    assert (await publish(chain.engine, chain["林悦"], audience)).recipients == 7


async def test_a_manager_publishes_below_their_own_units_only(chain: Company) -> None:
    assert (await publish(chain.engine, chain["华东周总"], below(chain.units["华东"]))).recipients == 7
    with pytest.raises(NotAllowed) as refused:
        await publish(chain.engine, chain["华东周总"], STORE_STAFF)
    assert (refused.value.code, refused.value.field) == ("audience_out_of_scope", "audience")
    assert refused.value.params == {"people": 3}
    with pytest.raises(NotAllowed) as refused:
        await publish(chain.engine, chain["南京路店店长"], below(chain.units["南京路店"]))
    assert refused.value.code == "forbidden"


async def test_pressed_twice_it_is_published_once(chain: Company) -> None:
    twice = await asyncio.gather(*(publish(chain.engine, chain["林悦"], nonce="pressed-twice") for _ in range(6)))
    assert len({p.notice for p in twice}) == 1
    assert len((await folder(chain.engine, chain["林悦"], "sent")).notices) == 1
    with pytest.raises(Conflict):
        await publish(chain.engine, chain["林悦"], title="别的", nonce="pressed-twice")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": "  "}, "blank_text", "title"),
        ({"title": ""}, "text_too_short", "title"),
        ({"title": "召" * 81}, "text_too_long", "title"),
        ({"title": "a\u202eb"}, "bidi_control", "title"),
        ({"text": "\u3164\u200b \u2800"}, "blank_text", "text"),
        ({"text": "字" * 10_001}, "text_too_long", "text"),
        ({"deadline": 1_000}, "deadline_past", "deadline"),
        ({"deadline": -1}, "number_out_of_range", "deadline"),
        ({"deadline": 2**53}, "number_out_of_range", "deadline"),
        ({"audience": Audience()}, "no_recipients", "audience"),
        ({"audience": Audience(parts=[AudiencePart(units=[999_999])])}, "no_recipients", "audience"),
        ({"files": ["no-such-file"]}, "file_gone", "files"),
        ({"files": ["x"]}, "text_too_short", "files[0]"),
        ({"urgency": "panic"}, "invalid_value", "urgency"),
    ],
)  # fmt: skip
async def test_bad_input_is_refused_with_its_code_and_field(
    chain: Company, fields: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await publish(chain.engine, chain["林悦"], **fields)  # pyright: ignore[reportArgumentType]
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (await folder(chain.engine, chain["林悦"], "sent")).notices == []


async def test_publishing_needs_a_nonce(chain: Company) -> None:
    body = b'{"title":"t","text":"t","audience":{}}'
    with pytest.raises(Invalid) as refused:
        await chain.engine.answer(chain["林悦"], Asked("notices.publish", body))
    assert refused.value.code == "nonce_required"


async def test_folders_show_what_is_owed_received_and_sent(chain: Company) -> None:
    engine = chain.engine
    quiet = await publish(engine, chain["林悦"], EVERYONE, must_confirm=False, title="周报")
    recall = await publish(engine, chain["林悦"], STORE_STAFF)
    newest = await publish(engine, chain["林悦"], EVERYONE, must_confirm=False, title="闭店时间")
    owed = await folder(engine, chain["南京路店小陈"], "owed")
    assert [n.notice for n in owed.notices] == [recall.notice, newest.notice, quiet.notice]
    first = await folder(engine, chain["南京路店小陈"], "owed", limit=2)
    assert first.more
    rest = await folder(engine, chain["南京路店小陈"], "owed", before=first.notices[-1].notice)
    assert [n.notice for n in (*first.notices, *rest.notices)] == [n.notice for n in owed.notices]
    assert [n.notice for n in (await folder(engine, chain["财务小钱"], "received")).notices] == [
        newest.notice,
        quiet.notice,
    ]
    sent = await folder(engine, chain["华东周总"], "sent")
    assert [n.counts for n in sent.notices] == [
        {"recipients": 7, "delivered": 0, "read": 0, "confirmed": 0},
        {"recipients": 6, "delivered": 0, "read": 0, "confirmed": 0},
        {"recipients": 7, "delivered": 0, "read": 0, "confirmed": 0},
    ]
    assert (await folder(engine, chain["财务小钱"], "sent")).notices == []


async def test_a_notice_opens_for_recipients_and_for_who_may_follow_it(chain: Company) -> None:
    engine = chain.engine
    published = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    shown = await opened(engine, chain["南京路店小陈"], published.notice)
    assert shown.html == "<p>请立即下架 <strong>批次 A12</strong>。</p>\n"
    assert (shown.brief.my_state, shown.may_follow) == ("queued", False)
    for name in ("林悦", "华东周总"):
        shown = await opened(engine, chain[name], published.notice)
        assert (shown.brief.my_state, shown.may_follow) == (None, True)
    for name in ("王府井店店长", "华北吴总", "财务小钱"):
        with pytest.raises(Refusal) as refused:
            await opened(engine, chain[name], published.notice)
        assert refused.value.code == "not_found"


def msgspec_convert(body: dict[str, object]) -> NoticeBody:
    import msgspec

    return msgspec.convert(body, NoticeBody)
