"""Every kind of entry and the struct of its body. Clients pass over kinds they do not know."""

from typing import Final

import msgspec

from dianmai.wire import (
    access,
    accounts,
    cards,
    chat,
    conversations,
    drafts,
    duties,
    favourites,
    groups,
    notices,
    org,
    pins,
)

KINDS: Final[dict[str, type[msgspec.Struct]]] = {
    "access.ended": access.AccessEnded,
    "chat.arranged": conversations.ArrangedBody,
    "chat.card_changed": cards.CardChangedBody,
    "chat.drafted": drafts.DraftedBody,
    "chat.edited": chat.EditedBody,
    "chat.favoured": favourites.FavouredBody,
    "chat.message": chat.MessageBody,
    "chat.pinned": pins.PinnedBody,
    "chat.previewed": cards.PreviewedBody,
    "chat.reacted": chat.ReactedBody,
    "chat.recalled": chat.RecalledBody,
    "code.issued": accounts.CodeIssued,
    "device.ended": accounts.DeviceEnded,
    "device.registered": accounts.DeviceRegistered,
    "group.changed": groups.GroupChangedBody,
    "group.members": chat.GroupLineBody,
    "notice.chased": notices.ChasedBody,
    "notice.due": notices.DueBody,
    "notice.published": notices.NoticeBody,
    "notice.receipts": notices.ReceiptsBody,
    "org.changed": org.OrgChanged,
    "org.duties_set": duties.DutiesSet,
    "org.duty_set": duties.DutySet,
    "org.policy_set": org.PolicySet,
    "quiet.set": accounts.QuietHours,
}

HEARD: Final = (
    "chat.arranged",
    "chat.card_changed",
    "chat.drafted",
    "chat.edited",
    "chat.favoured",
    "chat.message",
    "chat.pinned",
    "chat.previewed",
    "chat.reacted",
    "chat.recalled",
    "group.changed",
    "group.members",
    "notice.chased",
    "notice.published",
    "quiet.set",
)
"""Kinds that stand in streams people hear: the web client has a reducer for each.

Not `access.ended`: the server closes the socket, and the client wipes what it keeps."""
