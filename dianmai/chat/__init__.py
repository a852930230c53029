"""Conversations: direct ones opened from the directory, managed groups that follow audiences by themselves.

Text, pictures and files go through `chat.send` into the stream `chat:<number>`; pages and the list read them there
(the view `chat_message`). What becomes of a message later is an entry with it as `target` (`editing.py`,
`reacting.py`, `pinning.py`); the message itself then stands in the journal as it may be read now. Carried on into
another conversation it is a message there (`forwarding.py`); kept by somebody (`favourites.py`) it stays where it is.
Read cursors, holes and catching up belong to the core (`sync.*`). Groups come from the organisation
(`managed_groups.py`); by hand only temporary ones are made, with an end (`temporary_groups.py`).
"""

from dianmai.chat import limits as limits  # declares those of the chat
from dianmai.chat.administering import unit_groups
from dianmai.chat.arranging import arrange
from dianmai.chat.cards import group_card, set_group
from dianmai.chat.choosing import groups_to_address
from dianmai.chat.closing import job as close_group
from dianmai.chat.days import days
from dianmai.chat.direct import open_direct
from dianmai.chat.drafts import drafts, keep_draft
from dianmai.chat.editing import edit, recall
from dianmai.chat.editing import folds as editing_folds
from dianmai.chat.favourites import favour, list_favourites
from dianmai.chat.filing import list_files
from dianmai.chat.findable import findables
from dianmai.chat.follow import followers
from dianmai.chat.forwarding import forward
from dianmai.chat.members import list_members
from dianmai.chat.mentioning import find_mentionable, list_mentions, note_mentions
from dianmai.chat.message_cards import act_on_card, send_card
from dianmai.chat.message_cards import folds as card_folds
from dianmai.chat.pinning import folds as pinning_folds
from dianmai.chat.pinning import pin, unpin
from dianmai.chat.previews import Looking
from dianmai.chat.previews import folds as preview_folds
from dianmai.chat.previews import jobs as preview_jobs
from dianmai.chat.reacting import folds as reacting_folds
from dianmai.chat.reacting import react, reactions
from dianmai.chat.readers import readers, receive, typing, watch
from dianmai.chat.reading import history, list_conversations, messages_at
from dianmai.chat.sending import hold_files, send
from dianmai.chat.temporary_groups import add_people, end_group, leave_group, make_group, remove_person
from dianmai.core.journal import folded

operations = [
    send,
    send_card,
    act_on_card,
    arrange,
    edit,
    recall,
    react,
    reactions,
    pin,
    unpin,
    forward,
    favour,
    list_favourites,
    open_direct,
    list_conversations,
    history,
    messages_at,
    days,
    keep_draft,
    drafts,
    list_members,
    list_files,
    groups_to_address,
    unit_groups,
    readers,
    watch,
    receive,
    typing,
    find_mentionable,
    list_mentions,
    group_card,
    set_group,
    make_group,
    add_people,
    remove_person,
    leave_group,
    end_group,
]
jobs = [close_group]
folds = {
    "chat.message": folded(hold_files, note_mentions),
    **editing_folds,
    **reacting_folds,
    **pinning_folds,
    **card_folds,
    **preview_folds,
}

__all__ = ["Looking", "findables", "folds", "followers", "jobs", "operations", "preview_jobs"]
