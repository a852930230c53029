"""The authorisation table: for every operation, what each kind of actor gets. The documentation, and tested.

A cell is "ok" or the code of the refusal. The scene: headquarters' operations (wang_min) has published a notice to the
crew of 南京路店; that store has its group. `here` are people of that store, `elsewhere` people of 天河店.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from dianmai.core.clock import millis
from dianmai.wire import (
    accounts,
    cards,
    chat,
    conversations,
    days,
    drafts,
    duties,
    favourites,
    forwarding,
    groups,
    mentions,
    notices,
    org,
    pins,
    readers,
    search,
    sync,
)
from tests.world import World

ACTORS = (
    "nobody",  # not signed in
    "ended",  # a person of the store whose session has ended
    "here",  # an associate of the store
    "manager",  # its store manager
    "elsewhere",  # an associate of another region's store
    "elsewhere_manager",
    "area",  # the area manager of the store
    "region",  # the regional manager above
    "other_region",  # the regional manager of the other region
    "hq",  # headquarters' operations
    "it",  # headquarters' IT support
)


@dataclass(frozen=True)
class Scene:
    """What the operations are tried on."""

    world: World
    group: str
    notice: int
    sessions: dict[str, int]
    message: int = 0  # somebody has said in the group
    card: int = 0  # somebody has sent to the group, with a button everyone may press; it is pinned


@dataclass(frozen=True)
class Row:
    """One operation's row: what is asked, and the answers in the order of `ACTORS`."""

    ask: Callable[[Scene], msgspec.Struct]
    cells: tuple[str, ...]


OUT = ("sign_in_required", "session_revoked")


def everyone(*, out: tuple[str, str] = OUT) -> tuple[str, ...]:
    """Whoever is signed in."""
    return (*out, *("ok" for _ in ACTORS[2:]))


def only(*names: str, others: str) -> tuple[str, ...]:
    """Those named; everybody else signed in gets the code `others`."""
    return (*OUT, *("ok" if name in names else others for name in ACTORS[2:]))


# An area manager holds that position in each of the stores, and so belongs to their groups and crews.
MEMBERS = only("here", "manager", "area", others="not_found")
RECIPIENTS = MEMBERS
# What was said in the group was said by the manager. Who is no author is told so before the commit asks whose session
# is alive; every door has asked before.
AUTHOR = (OUT[0], *["not_author"] * 2, "ok", *["not_found"] * 2, "not_author", *["not_found"] * 4)
FOLLOWERS = only("manager", "area", "region", "hq", others="not_found")
# Headquarters may import, but the file asked for does not exist.
IMPORTERS = (*OUT, *["forbidden"] * 7, "not_found", "forbidden")
PUBLISHERS = only("area", "region", "other_region", "hq", others="forbidden")


FOLLOW_THE_ORGANISATION = (
    *OUT,
    *(
        "follows_organisation" if name in ("here", "manager", "area", "region", "hq") else "not_found"
        for name in ACTORS[2:]
    ),
)
WEEK = timedelta(days=7)


def now() -> datetime:
    return datetime.now(UTC)


def crew(scene: Scene) -> org.Audience:
    return org.Audience(parts=[org.AudiencePart(units=[scene.world.nanjing_lu.id])])


def publishing(scene: Scene) -> notices.Publish:
    return notices.Publish(title="调价", text="周一开门前完成", audience=crew(scene))


def strangers(code: str) -> tuple[str, ...]:
    """A wrong code or password is the same answer for whoever asks, signed in or not."""
    return (*[code] * 10, "too_many_attempts")


TABLE: dict[str, Row] = {
    "accounts.activate": Row(
        lambda s: accounts.Activate(employee_no="A00000", code="AAAA-BBBB-CCCC", password="correct-horse-battery"),
        strangers("wrong_code"),
    ),
    "accounts.sign_in": Row(
        lambda s: accounts.SignIn(employee_no="A00000", password="correct-horse"), strangers("wrong_credentials")
    ),
    "accounts.me": Row(lambda s: accounts.GetMe(), everyone()),
    "accounts.sessions": Row(lambda s: accounts.GetSessions(), everyone()),
    "accounts.end_session": Row(
        lambda s: accounts.EndSession(session=s.sessions["here"]), only("here", others="not_found")
    ),
    "accounts.sign_out": Row(lambda s: accounts.SignOut(), everyone()),
    "accounts.register_device": Row(
        lambda s: accounts.RegisterDevice(name="收银台 1", unit=s.world.nanjing_lu.id),
        only("manager", "area", "region", "hq", "it", others="forbidden"),
    ),
    "accounts.devices": Row(
        lambda s: accounts.GetDevices(unit=s.world.nanjing_lu.id),
        only("manager", "area", "region", "hq", "it", others="forbidden"),
    ),
    "accounts.end_device": Row(lambda s: accounts.EndDevice(device=999_999), only(others="not_found")),
    "accounts.here": Row(lambda s: accounts.GetHere(), everyone(out=("ok", "session_revoked"))),
    "accounts.switch": Row(
        lambda s: accounts.Switch(person=s.world.nanjing_lu.manager.id, password="correct-horse"),
        ("not_shared_device",) * len(ACTORS),
    ),
    "accounts.issue_code": Row(
        lambda s: accounts.IssueCode(person=s.world.nanjing_lu.clerks[1].id),
        only("manager", "area", "region", "hq", "it", others="forbidden"),
    ),
    "accounts.quiet_hours": Row(lambda s: accounts.GetQuietHours(), everyone()),
    "accounts.set_quiet_hours": Row(
        lambda s: accounts.SetQuietHours(on=True, from_minute=1320, until_minute=480), everyone()
    ),
    "org.plan_import": Row(lambda s: org.PlanImport(file="no-such-file"), IMPORTERS),
    "org.apply_import": Row(lambda s: org.ApplyImport(file="no-such-file", digest="0" * 64), IMPORTERS),
    "sync.catch_up": Row(lambda s: sync.CatchUp(), everyone()),
    "sync.entries": Row(lambda s: sync.GetEntries(stream=s.group, after=0), MEMBERS),
    "sync.read": Row(lambda s: sync.MarkRead(stream=s.group, no=1), MEMBERS),
    "org.unit": Row(lambda s: org.GetUnit(), everyone()),
    "org.person": Row(lambda s: org.GetPerson(person=s.world.wang_min.id), everyone()),
    "org.find": Row(lambda s: org.Find(text="李明"), everyone()),
    "org.by_code": Row(lambda s: org.FindByCode(codes=[s.world.nanjing_lu.code, "A00002"]), everyone()),
    "org.positions": Row(lambda s: org.GetPositions(), everyone()),
    "org.preview_audience": Row(lambda s: org.PreviewAudience(audience=crew(s)), PUBLISHERS),
    "org.policies": Row(lambda s: org.GetPolicies(), everyone()),
    "org.set_policies": Row(lambda s: org.SetPolicies(chat_edit_minutes=30), only("hq", others="forbidden")),
    "org.duties": Row(lambda s: duties.GetDuties(), everyone()),
    "org.set_duties": Row(
        lambda s: duties.SetDuties(duties=[duties.DutyWish(duty=1, name="设备")]), only("hq", others="forbidden")
    ),
    "org.duty_holders": Row(lambda s: duties.GetDutyHolders(unit=s.world.nanjing_lu.id), everyone()),
    "org.set_duty_holder": Row(
        lambda s: duties.SetDutyHolder(unit=s.world.nanjing_lu.id, duty=1, person=s.world.nanjing_lu.cashier.id),
        only("manager", "area", "region", "hq", others="forbidden"),
    ),
    "search.find": Row(lambda s: search.Search(text="开门"), everyone()),
    "chat.open_direct": Row(lambda s: chat.OpenDirect(person=s.world.wang_min.id), everyone()),
    "chat.conversations": Row(lambda s: conversations.GetConversations(), everyone()),
    "chat.days": Row(lambda s: days.GetDays(stream=s.group, edges=[0, millis(now())]), MEMBERS),
    "chat.draft": Row(lambda s: drafts.KeepDraft(stream=s.group, text="明早", at=millis(now())), MEMBERS),
    "chat.drafts": Row(lambda s: drafts.GetDrafts(streams=[s.group]), everyone()),
    "chat.arrange": Row(lambda s: conversations.Arrange(stream=s.group, pinned=True), MEMBERS),
    "chat.group": Row(
        lambda s: groups.GetGroup(stream=s.group), only("here", "manager", "area", "region", "hq", others="not_found")
    ),
    "chat.set_group": Row(
        lambda s: groups.SetGroup(stream=s.group, purpose="排班、交接班"),
        (*OUT, "forbidden", "ok", "not_found", "not_found", "ok", "ok", "not_found", "ok", "not_found"),
    ),
    "chat.make_group": Row(
        lambda s: groups.MakeGroup(title="开业筹备", people=[s.world.wang_min.id], ends_at=millis(now() + WEEK)),
        only("manager", "elsewhere_manager", "area", "region", "other_region", "hq", others="forbidden"),
    ),
    # Managed groups follow the organisation: for who sees them that is the answer, for others there is no such group.
    "chat.add_people": Row(
        lambda s: groups.AddPeople(stream=s.group, people=[s.world.wang_min.id]), FOLLOW_THE_ORGANISATION
    ),
    "chat.remove_person": Row(
        lambda s: groups.RemovePerson(stream=s.group, person=s.world.nanjing_lu.cashier.id), FOLLOW_THE_ORGANISATION
    ),
    "chat.end_group": Row(lambda s: groups.EndGroup(stream=s.group), FOLLOW_THE_ORGANISATION),
    "chat.leave_group": Row(
        lambda s: groups.LeaveGroup(stream=s.group),
        (
            *OUT,
            *("follows_organisation" if name in ("here", "manager", "area") else "not_found" for name in ACTORS[2:]),
        ),
    ),
    "chat.send": Row(lambda s: chat.Send(stream=s.group, text="早"), MEMBERS),
    # Whether one may send cards at all is said first.
    "chat.send_card": Row(
        lambda s: cards.SendCard(stream=s.group, card=cards.NewCard(title="到货提醒")),
        (OUT[0], *["forbidden"] * 5, "ok", *["not_found"] * 3, "forbidden"),
    ),
    "chat.act": Row(lambda s: cards.Press(stream=s.group, seq=s.card, button="seen"), MEMBERS),
    "chat.edit": Row(lambda s: chat.Edit(stream=s.group, seq=s.message, text="早上好"), AUTHOR),
    "chat.recall": Row(lambda s: chat.Recall(stream=s.group, seq=s.message), AUTHOR),
    "chat.react": Row(lambda s: chat.React(stream=s.group, seq=s.message, emoji="👍"), MEMBERS),
    "chat.pin": Row(lambda s: pins.Pin(stream=s.group, seq=s.message), MEMBERS),
    "chat.unpin": Row(lambda s: pins.Unpin(stream=s.group, seq=s.card), MEMBERS),
    "chat.forward": Row(lambda s: forwarding.Forward(stream=s.group, seqs=[s.message], to=[s.group]), MEMBERS),
    "chat.favour": Row(lambda s: favourites.Favour(stream=s.group, seqs=[s.message]), MEMBERS),
    "chat.favourites": Row(lambda s: favourites.GetFavourites(), everyone()),
    "chat.reactions": Row(lambda s: chat.GetReactions(stream=s.group, seq=s.message, emoji="👍"), MEMBERS),
    "chat.messages": Row(lambda s: chat.GetMessages(stream=s.group, seqs=[s.message]), MEMBERS),
    "chat.history": Row(lambda s: chat.GetHistory(stream=s.group), MEMBERS),
    "chat.files": Row(lambda s: chat.GetFiles(stream=s.group), MEMBERS),
    "chat.members": Row(
        lambda s: groups.GetMembers(stream=s.group), only("here", "manager", "area", "region", "hq", others="not_found")
    ),
    "chat.readers": Row(lambda s: readers.GetReaders(stream=s.group, seq=s.message), MEMBERS),
    "chat.watch": Row(lambda s: readers.Watch(stream=s.group), MEMBERS),
    "chat.receive": Row(lambda s: readers.Deliver(upto={s.group: 1}), everyone()),
    "chat.typing": Row(lambda s: readers.Typing(stream=s.group), MEMBERS),
    "chat.mentionable": Row(lambda s: mentions.FindMentionable(stream=s.group), MEMBERS),
    "chat.mentions": Row(lambda s: mentions.GetMentions(), everyone()),
    "chat.groups": Row(lambda s: groups.GetGroups(), PUBLISHERS),
    "chat.unit_groups": Row(
        lambda s: groups.GetUnitGroups(unit=s.world.nanjing_lu.id),
        only("manager", "area", "region", "hq", others="forbidden"),
    ),
    "notices.publish": Row(
        publishing,
        (*OUT, *["forbidden"] * 4, "ok", "ok", "audience_out_of_scope", "ok", "forbidden"),
    ),
    "notices.list": Row(lambda s: notices.GetNotices(folder="owed"), everyone()),
    "notices.open": Row(
        lambda s: notices.GetNotice(notice=s.notice),
        only("here", "manager", "area", "region", "hq", others="not_found"),
    ),
    "notices.receive": Row(lambda s: notices.Receive(notices=[s.notice]), RECIPIENTS),
    "notices.read": Row(lambda s: notices.Read(notice=s.notice), RECIPIENTS),
    "notices.confirm": Row(lambda s: notices.Confirm(notice=s.notice), RECIPIENTS),
    "notices.board": Row(lambda s: notices.GetBoard(notice=s.notice), FOLLOWERS),
    "notices.missing": Row(lambda s: notices.GetMissing(notice=s.notice, state="confirmed"), FOLLOWERS),
    # The manager's and the area manager's boards begin at the same store: the second to press is told to wait.
    "notices.chase": Row(
        lambda s: notices.Chase(notice=s.notice),
        (*OUT, "not_found", "ok", "not_found", "not_found", "chased_just_now", "ok", "not_found", "ok", "not_found"),
    ),
}  # fmt: skip
