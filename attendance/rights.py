"""Whether an entry's author could write it: judged on the day of its session.

Nothing is refused for want of rights. What the ticket does not cover waits for the
commune's coordinator, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils import timezone

from attendance.models import HeldEntry, TrainingSession
from attendance.sql import among, fetch
from people.models import AuthorTicket, Device
from people.reach import Reach

Reason = HeldEntry.Reason
TAKE_REGISTER = "attendance.take_register"


class Judge:
    """Says whether a ticket covers a session; remembers what it looked up."""

    def __init__(self, sender: Device | None, tickets: Iterable[AuthorTicket]) -> None:
        self._sender = sender
        self._tickets = {str(ticket.uuid): ticket for ticket in tickets}
        self._served: dict[tuple[int, int], list[tuple[str, str]]] = {}
        self._answers: dict[tuple[str, str, str, bool], str] = {}

    def look_up(
        self, tickets: Iterable[str], sessions: Mapping[str, TrainingSession]
    ) -> None:
        """Read the tickets not yet known and the hamlets their teams served."""
        if missing := set(tickets) - self._tickets.keys():
            rows = AuthorTicket.objects.filter(uuid__in=missing)
            for ticket in rows.select_related("device", "user"):
                self._tickets[str(ticket.uuid)] = ticket
        teams = {t.team_id for t in self._tickets.values() if t.team_id}
        hosts = {session.host_id for session in sessions.values()}
        if not teams or not hosts:
            return
        of_team, team_ids = among("team_id", teams)
        at_host, host_ids = among("hamlet_id", hosts)
        for team_id, hamlet_id, since, until in fetch(
            "SELECT team_id, hamlet_id, valid_from, valid_to "  # noqa: S608 -- our own
            f"FROM pilot_communes_teamhamlet WHERE {of_team} AND {at_host}",
            [team_ids, host_ids],
        ):
            self._served.setdefault((team_id, hamlet_id), []).append(
                (str(since), str(until or "9999"))
            )

    def ticket(self, public_id: str) -> AuthorTicket | None:
        """The ticket, if it is known."""
        return self._tickets.get(public_id)

    def author_of(self, ticket: str) -> int | None:
        """The login that a ticket was given to, or None if the ticket is not known."""
        known = self._tickets.get(ticket)
        return known.user_id if known else None

    def stranger(self, ticket: str, device: str) -> str:
        """Return NO_TICKET unless the ticket is known and belongs to that phone."""
        known = self._tickets.get(ticket)
        if known is None or not self._is_from(known, device):
            return Reason.NO_TICKET
        return ""

    def objection(
        self,
        ticket: str,
        device: str,
        session: TrainingSession,
        *,
        brought: bool = False,
    ) -> str:
        """Return the reason to hold such an entry, or "" if its author may write it.

        `brought` says that who may bring it was judged when it came.
        """
        key = (ticket, device, str(session.uuid), brought)
        if key not in self._answers:
            self._answers[key] = (
                "" if brought else self.stranger(ticket, device)
            ) or self._judge(ticket, session)
        return self._answers[key]

    def _judge(self, ticket_id: str, session: TrainingSession) -> str:
        ticket = self._tickets.get(ticket_id)
        if ticket is None:
            return Reason.NO_TICKET
        if ticket.device.revoked_at or not ticket.user.is_active:
            return Reason.TICKET_ENDED
        date = session.date
        if ticket.revoked_at and timezone.localdate(ticket.revoked_at) < date:
            return Reason.TICKET_ENDED
        in_time = ticket.valid_from <= date <= ticket.valid_to
        if in_time and self._serves(ticket.team_id, session):
            return ""
        # The slow road: another team, an officer's role, a day before the ticket, or
        # ground that the author took over since.
        reach = Reach.of(ticket.user, date)
        if reach.may(TAKE_REGISTER, unit_id=session.host_id):
            return ""
        if in_time and ticket.user.has_perm(TAKE_REGISTER, session):
            return ""
        return Reason.OTHER_GROUND if in_time else Reason.TICKET_ENDED

    def _is_from(self, ticket: AuthorTicket, device: str) -> bool:
        """Was the entry made on the ticket's own phone, and brought by its like?

        Anybody's sealed queue may be sent from the phone it was made on, and one's own
        from another phone. Everything else could be forged and must be looked at.
        """
        if str(ticket.device.uuid) != device:
            return False
        sender = self._sender
        return (
            sender is None
            or sender.pk == ticket.device_id
            or (sender.user_id is not None and sender.user_id == ticket.user_id)
        )

    def _serves(self, team_id: int | None, session: TrainingSession) -> bool:
        date = session.date.isoformat()
        return any(
            since <= date < until
            for since, until in self._served.get((team_id, session.host_id), ())
        )
