"""R6 a colleague is mentioned in the store's group and finds it, muted or not; R79 everyone is called at once."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import Send, Sent
from dianmai.wire.conversations import Arrange, ArrangedBody, Conversations, GetConversations
from dianmai.wire.mentions import GetMentions, Mentions
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_a_colleague_mentioned_by_initials_finds_it_in_a_muted_group_and_jumps_to_it(
    server: Running, world: World
) -> None:
    store = world.nanjing_lu
    li, xu = store.manager, store.clerks[0]
    async with (
        device(server, li.id) as his,
        device(server, xu.id) as hers,
        chromium() as browser,
        screen(browser, server, li, "desktop", exactly=True) as desktop,
        screen(browser, server, xu, "phone", exactly=True) as phone,
    ):
        await his.listed([store.name])
        listed = await hers.ask("chat.conversations", GetConversations(), Conversations)
        [group] = [one.stream for one in listed.conversations if one.title == store.name]
        await hers.ask("chat.arrange", Arrange(stream=group, muted=True), ArrangedBody)
        await desktop.get_by_text(store.name).first.click()
        writing = desktop.get_by_placeholder(word("chat.write"))
        await writing.press_sequentially("冷柜不制冷，@xn")
        await desktop.get_by_role("option", name=xu.name, selected=True).wait_for()
        await look(desktop, "mention-picker")
        assert await accessible(desktop) == []
        await writing.press("Enter")
        await expect(writing).to_have_value(f"冷柜不制冷，@{xu.name} ")
        await writing.press_sequentially("来看一下")
        await writing.press("Enter")
        said = await hers.hears_that(lambda e: "冷柜" in e.body.get("text", ""))
        assert said.body["mentions"] == [
            {"at": 6, "length": 1 + len(xu.name), "people": [{"id": xu.id, "name": xu.name}]}
        ]
        await desktop.get_by_role("link", name=f"@{xu.name}", exact=True).wait_for()
        await phone.get_by_text(word("chat.mention.you")).wait_for()
        await look(phone, "mention-row")
        for n in range(60):
            await his.ask("chat.send", Send(stream=group, text=f"另一件事 {n}"), Sent)
        await phone.get_by_role("button", name=word("chat.mention.mine")).click()
        await phone.get_by_text("冷柜不制冷").first.wait_for()
        await look(phone, "mention-list")
        assert await accessible(phone) == []
        await phone.get_by_text("冷柜不制冷").first.click()
        await expect(phone.get_by_role("link", name=f"@{xu.name}", exact=True)).to_be_in_viewport()
        await phone.get_by_text("另一件事 3", exact=True).wait_for()
        await look(phone, "mention-jumped-to")
        await expect(phone.get_by_role("link", name=f"@{xu.name}", exact=True)).to_be_in_viewport()


async def test_everyone_is_called_at_once_and_only_by_right_where_there_are_many(server: Running, world: World) -> None:
    store = world.nanjing_lu
    async with (
        device(server, store.manager.id) as his,
        device(server, store.cashier.id) as hers,
        chromium() as browser,
        screen(browser, server, store.manager, "phone") as phone,
    ):
        await his.listed([store.name])
        await phone.get_by_text(store.name).first.click()
        writing = phone.get_by_placeholder(word("chat.write"))
        await writing.press_sequentially("@")
        await phone.get_by_role("option", name=word("chat.mention.everyone")).click()
        await writing.press_sequentially("今晚盘点")
        await look(phone, "mention-everyone")
        await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
        await hers.hears_that(lambda e: e.body.get("mentions", [{}])[0].get("of") == "everyone")
        mine = await hers.ask("chat.mentions", GetMentions(), Mentions)
        assert [message.author for message in mine.messages] == [store.manager.id]
        listed = await hers.ask("chat.conversations", GetConversations(), Conversations)
        assert [one.mentioned for one in listed.conversations if one.title == store.name] == [1]
