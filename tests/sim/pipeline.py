"""An outbox that does not wait, a bot's: what it has to say goes onto its socket in a row, and what is still without an
answer goes again, in the same order, onto the next one.
"""

from typing import TYPE_CHECKING

from tests.sim.outbox import Item, Outbox, Refused

if TYPE_CHECKING:
    from tests.sim.page import Page


class Pipeline(Outbox):
    """Sends each item as it comes, into any number of streams, through the socket alone: only that keeps order."""

    def __init__(self, page: "Page") -> None:
        super().__init__(page)
        self._flying: set[str] = set()
        self._tries = 0

    def _drain(self) -> None:
        page = self._page
        if page.state != "open":
            return
        for item in self.items:
            if item.state == "waiting" and item.nonce not in self._flying and item.lane not in self._busy:
                self._flying.add(item.nonce)
                page.loop.create_task(self._send(item))

    async def _send(self, item: Item) -> None:
        page = self._page
        try:
            answer = await page.ask_in_a_row(item.operation, item.body, item.nonce)
        except Refused as refused:
            self._flying.discard(item.nonce)
            if refused.passes:
                await self._hold(item.lane)
            else:
                self._refuse(item, refused)
        else:
            self._tries = 0
            await self._finish(item, answer)
            self._flying.discard(item.nonce)

    async def _hold(self, lane: str) -> None:
        """Sends nothing more there for a while. What is under way already is answered meanwhile, or falls too."""
        if lane in self._busy:
            return
        self._busy.add(lane)
        self._tries += 1
        try:
            await self._rest(self._page.wait_for(self._tries), self._woken)
        finally:
            self._busy.discard(lane)
        self._drain()
