"""What the chat does when others' events happen."""

from dianmai.chat.managed_groups import follow_organisation
from dianmai.core.followers import Follower

followers = [Follower("managed_groups", frozenset({"org.changed"}), follow_organisation)]
