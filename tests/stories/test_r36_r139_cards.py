"""R139 something to act on comes as a card into the group it concerns; R36 one takes it on, and everybody sees who.

Store 徐家汇 is short of water. The area manager asks the group by a card; two managers want to help, one is first.
"""

import asyncio
import io
import time
import urllib.request

import msgspec
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from dianmai.app import Running
from dianmai.wire.cards import NewButton, NewCard, NewField, Press, SendCard
from dianmai.wire.chat import Changed, Opened, Sent
from dianmai.wire.files import Uploaded
from dianmai.wire.groups import MakeGroup
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import Device, Refused, device
from tests.world import Member, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def shelf(own: Device) -> str:
    """A picture that the device has sent up."""
    drawn = io.BytesIO()
    Image.new("RGB", (640, 360), "#c7a76c").save(drawn, "JPEG")
    headers = {"Authorization": f"Bearer {own.token}", "Content-Type": "image/jpeg"}
    request = urllib.request.Request(f"{own.url}/files?name=shelf.jpg", drawn.getvalue(), headers)

    def sent() -> bytes:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    return msgspec.json.decode(await asyncio.to_thread(sent), type=Uploaded).file.id


async def group_of(own: Device, title: str, *others: Member) -> str:
    """A group that the device's person has made."""
    week = int(time.time() * 1000) + 7 * 86_400_000
    made = MakeGroup(title=title, people=[other.id for other in others], ends_at=week)
    return (await own.ask("chat.make_group", made, Opened)).stream


def asked_for(picture: str) -> NewCard:
    """What the area manager asks for."""
    return NewCard(
        title="急调：矿泉水 550ml 20 箱",
        kind="urgent",
        fields=[
            NewField(label="缺货门店", value="徐家汇店"),
            NewField(label="最晚到货", value="今天 14:00 前"),
            NewField(label="说明", value="周边两家便利店都断货，\n下午有社区团购提货。"),
        ],
        picture=picture,
        buttons=[
            NewButton(id="take", label="我来调", style="primary", done="已接单"),
            NewButton(id="seen", label="收到", once=False),
            NewButton(id="close", label="不用了", style="danger", by="author", done="已取消"),
        ],
    )


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="急调：矿泉水 550ml 20 箱")


async def test_one_takes_it_on_and_everybody_sees_who(server: Running, world: World) -> None:
    asker, first, second = world.wu_fang, world.nanjing_lu.manager, world.jingansi.manager
    async with (
        device(server, asker.id) as hers,
        device(server, second.id) as his,
        chromium() as browser,
        screen(browser, server, first, "phone", exactly=True) as phone,
        screen(browser, server, asker, "desktop", exactly=True) as desktop,
    ):
        group = await group_of(hers, "上海区店长群", first, second)
        chat = f"{server.url}/chats/{group.removeprefix('chat:')}"
        picture = await shelf(hers)
        sent = await hers.ask("chat.send_card", SendCard(stream=group, card=asked_for(picture)), Sent)
        await phone.goto(f"{server.url}/chats")
        await phone.get_by_text("【急调：矿泉水 550ml 20 箱】").wait_for()
        await phone.goto(chat)
        await desktop.goto(chat)
        for page in (phone, desktop):
            await expect(card(page)).to_contain_text("徐家汇店")
            await expect(card(page).get_by_role("img", name=word("chat.card.urgent"))).to_be_visible()
        # What is for the author alone, others do not have before them.
        await expect(card(desktop).get_by_role("button", name="不用了")).to_be_visible()
        await expect(card(phone).get_by_role("button", name="不用了")).to_have_count(0)
        assert await accessible(phone) == []
        await look(phone, "card")
        await look(desktop, "card")

        await card(desktop).get_by_role("button", name="收到").click()
        await expect(card(phone).get_by_role("button", name="收到")).to_contain_text("1")
        await card(phone).get_by_role("button", name="我来调").click()
        for page in (phone, desktop):
            await expect(card(page)).to_contain_text(f"{first.name}")
            await expect(card(page)).to_contain_text("已接单")
            await expect(card(page).get_by_role("button", name="我来调")).to_have_count(0)
            await expect(card(page).get_by_role("button", name="不用了")).to_have_count(0)
            await expect(card(page).get_by_role("button", name="收到")).to_be_visible()
        await look(phone, "card-taken")
        await look(desktop, "card-taken")

        with pytest.raises(Refused) as too_late:
            await his.ask("chat.act", Press(stream=group, seq=sent.seq, button="take"), Changed)
        assert (too_late.value.status, too_late.value.code) == (409, "card_settled")
        # Opened anew, from the server's pages and from what the device kept, it stands as decided.
        await phone.reload()
        await expect(card(phone)).to_contain_text("已接单")
        assert await accessible(desktop) == []


async def test_who_waits_for_somebody_sees_for_whom(server: Running, world: World) -> None:
    asker, first = world.wu_fang, world.nanjing_lu.manager
    buttons = [
        NewButton(id="yes", label="同意", style="primary", by="named", people=[first.id], done="已同意"),
        NewButton(id="no", label="不同意", by="named", people=[first.id], done="没有同意"),
    ]
    async with (
        device(server, asker.id) as hers,
        device(server, first.id) as his,
        chromium() as browser,
        screen(browser, server, asker, "phone") as phone,
    ):
        group = await group_of(hers, "排班", first)
        wanted = SendCard(stream=group, card=NewCard(title="周六换班", kind="attention", buttons=buttons))
        sent = await hers.ask("chat.send_card", wanted, Sent)
        await phone.goto(f"{server.url}/chats/{group.removeprefix('chat:')}")
        shown = phone.get_by_role("region", name="周六换班")
        await expect(shown).to_contain_text(word("chat.card.waits", names=first.name))
        await expect(shown.get_by_role("button")).to_have_count(0)
        await look(phone, "card-waits")
        await his.ask("chat.act", Press(stream=group, seq=sent.seq, button="yes"), Changed)
        await expect(shown).to_contain_text("已同意")
        await look(phone, "card-agreed")


async def test_a_client_that_knows_no_cards_reads_the_words(server: Running, world: World) -> None:
    asker, first = world.wu_fang, world.nanjing_lu.manager
    async with device(server, asker.id) as hers, device(server, first.id) as his:
        group = await group_of(hers, "上海区店长群", first)
        wanted = SendCard(stream=group, card=NewCard(title="到货提醒", fields=[NewField(label="数量", value="20 箱")]))
        sent = await hers.ask("chat.send_card", wanted, Sent)
        heard = await his.hears(group, sent.seq)
        assert heard.body["text"] == "【到货提醒】\n数量：20 箱"
        assert heard.kind == "chat.message"
