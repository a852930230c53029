"""Must-read notices 必达通知: published to an audience, followed on a live board until everyone has done it.

A notice freezes its recipients and the company around them in the transaction that publishes it. From then on a
recipient's state only goes forward (queued, delivered, read, confirmed), by receipts of that person's own sessions, at
the server's time. Stream `notice:<id>` is heard by the recipients; `notice:<id>/receipts` is the ledger of receipts,
of which watching boards hear the counts. After a week a notice leaves the lists of those who are done with it. Who is
in an audience is decided by `org`; this is no chat, no task, and sends no text messages.
"""

from dianmai.notices import deadline, finishing
from dianmai.notices.board import board, missing
from dianmai.notices.chasing import chase
from dianmai.notices.confirming import confirm, read, receive
from dianmai.notices.export import doors
from dianmai.notices.findable import findables
from dianmai.notices.follow import followers
from dianmai.notices.publishing import publish
from dianmai.notices.reading import list_notices, open_notice
from dianmai.notices.scope import may_follow

file_readers = {"notice": may_follow}
jobs = [*deadline.jobs, *finishing.jobs]
operations = [publish, list_notices, open_notice, receive, read, confirm, board, missing, chase]

__all__ = ["doors", "file_readers", "findables", "followers", "jobs", "operations"]
