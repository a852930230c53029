"""What search finds of messages that were forwarded."""

from dianmai.core.engine import Engine
from dianmai.wire.chat import Changed, Recall
from tests.chat.carried import forward
from tests.chat.talk import ask, make_group, say
from tests.core.trial import make_people
from tests.search.searching import find, follow, highlighted, texts


async def test_what_was_forwarded_as_one_is_found_by_all_that_is_in_it(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li, zhao])
    said = [await say(engine, wang, there, text) for text in ("端架摆成金字塔", "堆头靠近收银台")]
    await forward(engine, li, there, [one.seq for one in said], [to], merged=True)
    await forward(engine, li, to, [1], [to], merged=True)
    await follow(engine)
    found = (await find(engine, zhao, "收银台")).hits
    assert [(hit.stream, hit.seq) for hit in found] == [(to, 2), (to, 1)]
    assert highlighted(found[1]) == ["收银台"]
    assert await texts(engine, wang, "收银台") == ["堆头靠近收银台"]
    await ask(engine, li, "chat.recall", Recall(stream=to, seq=1), Changed)
    await follow(engine)
    assert [hit.seq for hit in (await find(engine, zhao, "金字塔")).hits] == [2]
