"""R45 an order goes to the people of the national store managers' group, or of another group, all at once."""

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.groups import GetGroups, GetMembers, GroupChoice, Groups, Members
from dianmai.wire.notices import GetMissing, GetNotices, Missing, Notices
from tests.stories.browser import chromium, either, look, screen, word
from tests.stories.devices import Device, Refused, device
from tests.stories.notices import board, pops_up, publish
from tests.world import World


async def offered(own: Device) -> dict[str, GroupChoice]:
    """The groups whose people this person may address, by title."""
    return {group.title: group for group in (await own.ask("chat.groups", GetGroups(), Groups)).groups}


async def members(own: Device, stream: str) -> set[int]:
    return {member.id for member in (await own.ask("chat.members", GetMembers(stream=stream), Members)).members}


async def recipients(own: Device, notice: int) -> set[int]:
    """To whom it went: everybody who has not confirmed, as long as nobody has."""
    page = await own.ask("notices.missing", GetMissing(notice=notice, state="confirmed"), Missing)
    return {one.person.id for one in page.people}


async def test_r45_the_order_goes_to_exactly_the_people_of_the_national_managers_group(
    server: Running, world: World
) -> None:
    async with AsyncExitStack() as stack:
        office, cashier, *managers = [
            await stack.enter_async_context(device(server, person.id))
            for person in (world.wang_min, world.nanjing_lu.cashier, *(store.manager for store in world.stores))
        ]
        for manager in managers:
            await manager.listed(["全国店长群"])
        group = (await offered(office))["全国店长群"]
        published = await publish(office, group.audience, title="周一调价")
        popped = [await pops_up(manager, published) for manager in managers]
        assert {entry.body["title"] for entry in popped} == {"周一调价"}
        assert published.recipients == group.people
        inside = await members(managers[0], group.stream)
        assert {store.manager.id for store in world.stores} < inside
        assert await recipients(office, published.notice) == inside
        for manager in managers:
            owed = await manager.ask("notices.list", GetNotices(folder="owed"), Notices)
            assert [notice.notice for notice in owed.notices] == [published.notice]
        assert (await board(office, published.notice)).total.recipients == len(inside)
        assert not (await cashier.ask("notices.list", GetNotices(folder="received"), Notices)).notices


async def test_r45_a_region_addresses_its_own_managers_group_and_is_offered_no_other(
    server: Running, world: World
) -> None:
    async with AsyncExitStack() as stack:
        office, region, there = [
            await stack.enter_async_context(device(server, person.id))
            for person in (world.wang_min, world.huang_zhiqiang, world.tianhe.manager)
        ]
        await there.listed(["华南大区店长群"])
        every = await offered(office)
        assert list(every)[:2] == ["全体员工", "全国店长群"]
        assert "南京路店" not in every
        own = await offered(region)
        assert set(own) == {title for title in every if title.startswith(("华南", "广州", "深圳"))}
        published = await publish(region, own["华南大区店长群"].audience)
        assert await recipients(region, published.notice) == await members(there, own["华南大区店长群"].stream)
        with pytest.raises(Refused) as refused:
            await publish(region, every["全国店长群"].audience)
        assert refused.value.code == "audience_out_of_scope"
        with pytest.raises(Refused) as refused:
            await offered(there)
        assert refused.value.code == "forbidden"


@pytest.mark.browser
@pytest.mark.timeout(180)
async def test_r45_headquarters_picks_the_group_while_writing(server: Running, world: World) -> None:
    title = either("全国店长群", "All store managers")
    async with (
        device(server, world.xujiahui.manager.id) as manager,
        device(server, world.wang_min.id, connected=False) as office,
        chromium() as browser,
        screen(browser, server, world.wang_min, "phone") as page,
    ):
        await manager.listed(["全国店长群"])
        people = (await offered(office))["全国店长群"].people
        await page.goto(f"{server.url}/notices/new")
        await page.get_by_role("textbox", name=word("notices.compose.subject"), exact=True).fill("周一调价")
        await page.get_by_role("textbox", name=word("notices.compose.text")).fill("开门前换好价签")
        await page.get_by_role("button", name=word("notices.audience.add_group")).click()
        await look(page, "the-groups")
        await page.get_by_role("dialog").get_by_role("button", name=title).click()
        await expect(page.get_by_text(word("notices.audience.people", count=people)).first).to_be_visible()
        await look(page, "a-groups-people")
        await page.get_by_role("button", name=word("notices.compose.review_for", count=people)).click()
        await (
            page.get_by_role("dialog")
            .get_by_role("button", name=word("notices.compose.publish_to", count=people))
            .click()
        )
        assert (await manager.hears_that(lambda e: e.kind == "notice.published")).body["title"] == "周一调价"
