"""The sessions of the demonstration, written through the register's own door."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from django.db import transaction

from attendance.actions import (
    cancel_session,
    close_session,
    open_session,
    plan_session,
)
from attendance.models import TrainingSession
from attendance.pen import Draft, write
from common.ids import new_uuid
from courses.models import LessonPage
from lms.demo.clock import at
from lms.demo.phones import Phone
from lms.demo.places import Places
from lms.demo.story import Mark, Redrawing, Resident, Session, Story, Team
from people.actions import move_person
from people.models import Person, User

PLANNED_DAYS_BEFORE = 4
MOST = 0.7
PLANNING, LATE_EVENING = dt.time(7, 30), dt.time(21, 15)


class Registers:
    """Plans, opens, records and closes the sessions of a story, in their order."""

    def __init__(self, story: Story, places: Places, draw: random.Random) -> None:
        self.today = story.today
        self.places = places
        self.draw = draw
        self.teams: dict[str, Team] = {
            t.key: t for c in story.communes for t in c.teams
        }
        self.residents: dict[str, Resident] = {
            r.key: r for c in story.communes for h in c.hamlets for r in h.residents
        }
        # Nobody plans for a team or a hamlet that does not stand yet.
        self.begins: dict[str, dt.date] = {
            t.key: c.joins_on for c in story.communes for t in c.teams
        } | {key: r.date for r in story.redrawings for key, _name in r.after}
        self.persons: dict[str, uuid.UUID] = {}
        self.lessons = {page.number: page for page in LessonPage.objects.live()}

    def author(self, team: Team) -> User:
        """The team's leader, or the commune's coordinator while the leader is not in."""
        leader = self.places.logins.get(team.members[0].key)
        if leader is not None:
            return self.places.again(leader)
        return self.places.coordinator(team.key.partition("-")[0])

    def planned_on(self, plan: Session) -> dt.date:
        """Some days before, as soon as the team and the hamlet stand."""
        begun = [self.begins[k] for k in (plan.team, plan.hamlet) if k in self.begins]
        before = plan.date - dt.timedelta(days=PLANNED_DAYS_BEFORE)
        return min(max(before, *begun), self.today)

    def hold(self, plan: Session) -> None:
        """Everything of one session, in one transaction."""
        team = self.teams[plan.team]
        author = self.author(team)
        held = plan.ending in ("closed", "open")
        phones = self._phones(plan, team) if held else []
        with transaction.atomic():
            with at(self.planned_on(plan), PLANNING):
                session = self._plan(plan, team, author)
                if plan.ending == "cancelled":
                    cancel_session(
                        session,
                        user=author,
                        reason="Trúng con nước, nhiều nhà xổ vuông",
                    )
            if not held:
                return
            with at(plan.date, plan.starts_at):
                open_session(session, user=author)
            with at(plan.date, LATE_EVENING) as now:
                write(session, user=author, drafts=self._drafts(plan, team))
                for phone in phones:
                    self._send(phone, plan, session, now)
                if plan.ending == "closed":
                    close_session(session, user=author)

    def rehome(self, change: Redrawing) -> None:
        """After a split most people are placed anew; the others wait on their list."""
        officer = self.places.coordinator(change.commune)
        before = self.places.hamlets[change.before[0]]
        new = [self.places.hamlets[key] for key, _name in change.after]
        waiting = Person.objects.filter(
            residences__hamlet=before, residences__valid_to=None
        ).order_by("pk")
        for person in waiting:
            if self.draw.random() < MOST:
                move_person(
                    person,
                    user=officer,
                    hamlet=self.draw.choice(new),
                    since=change.date,
                )

    def _plan(self, plan: Session, team: Team, author: User) -> TrainingSession:
        return plan_session(
            user=author,
            host=self.places.hamlets[plan.hamlet],
            team=self.places.teams[plan.team],
            date=plan.date,
            starts_at=plan.starts_at,
            venue=plan.venue,
            kind=plan.kind,
            lessons=[self.lessons[n] for n in plan.lessons if n in self.lessons],
            helpers=[self.places.members[m.key] for m in team.members[1:3]],
        )

    def _drafts(self, plan: Session, team: Team) -> list[Draft]:
        drafts = [Draft("consent", "consent", "read")]
        for mark in plan.marks:
            drafts += self._drafts_of(mark, plan)
        if plan.head_count is not None:
            drafts.append(Draft("head_count", "head_count", str(plan.head_count)))
        for home in plan.proxies:
            household = self.places.households[home]
            drafts.append(Draft("household", f"proxy/{household.uuid}", "child"))
        leader = self.places.members[team.members[0].key].uuid
        minutes = str(self.draw.choice((60, 75, 90, 120)))
        drafts.append(Draft("hours", f"hours/{leader}", minutes, person=leader))
        return drafts

    def _drafts_of(self, mark: Mark, plan: Session) -> list[Draft]:
        known = self.persons.get(mark.resident)
        person = known or self.persons.setdefault(mark.resident, new_uuid())
        presence = f"presence/{person}"
        if not mark.present:
            return [Draft("mark", presence, "absent", person=person)]
        if known is not None:
            drafts = [Draft("mark", presence, "present", person=person)]
        else:
            body = self._introduction(self.residents[mark.resident], plan)
            drafts = [Draft("walk_in", presence, "present", person=person, body=body)]
        if mark.outcome:
            drafts.append(
                Draft("outcome", f"outcome/{person}", mark.outcome, person=person)
            )
        if mark.blocker:
            drafts.append(
                Draft("blocker", f"blocker/{person}", mark.blocker, person=person)
            )
        return drafts

    def _introduction(self, resident: Resident, plan: Session) -> dict[str, object]:
        """What is typed for a new name; often no more than the name itself."""
        body: dict[str, object] = {
            "name": resident.name,
            "hamlet": str(self.places.hamlets[plan.hamlet].uuid),
        }
        if resident.usual_name:
            body["usual_name"] = resident.usual_name
        if resident.birth_year:
            body["birth_year"] = resident.birth_year
        if self.draw.random() < 0.9:
            body["sex"] = resident.sex
        if resident.phone:
            body["phone"] = resident.phone
        home = self.places.households.get(resident.household)
        if home is not None and self.draw.random() < 0.75:
            body["household"] = str(home.uuid)
        return body

    def _phones(self, plan: Session, team: Team) -> list[Phone]:
        """The phones that write beside the leader: the deputy's, or one that was lost."""
        disputed = any(mark.disputed for mark in plan.marks)
        if not disputed and not plan.held:
            return []
        login = self.places.logins[team.members[1].key]
        with at(self.planned_on(plan), PLANNING):
            phone = Phone(
                self.places.again(login),
                self.places.teams[team.key],
                officer=self.places.coordinator(team.key.partition("-")[0]),
                draw=self.draw,
            )
            if plan.held:
                phone.lose()
        return [phone]

    def _send(
        self, phone: Phone, plan: Session, session: TrainingSession, now: dt.datetime
    ) -> None:
        if plan.held:
            person = new_uuid()
            entry = phone.write(
                session,
                "walk_in",
                f"presence/{person}",
                "present",
                at=now,
                person=person,
                body={"name": "Trần Văn Sót", "birth_year": 1971},
            )
        else:
            disputed = next(mark for mark in plan.marks if mark.disputed)
            person = self.persons[disputed.resident]
            entry = phone.write(
                session,
                "outcome",
                f"outcome/{person}",
                "not_yet",
                at=now,
                person=person,
            )
        phone.send(entry)


def enrol_phones(
    story: Story, places: Places, codes: tuple[str, ...], draw: random.Random
) -> int:
    """Bind the leaders' phones in these communes; returns how many."""
    count = 0
    for commune in story.communes:
        if commune.code not in codes:
            continue
        officer = places.coordinator(commune.code)
        for team in commune.teams:
            leader = places.logins.get(team.members[0].key)
            if leader is not None:
                Phone(
                    places.again(leader),
                    places.teams[team.key],
                    officer=officer,
                    draw=draw,
                )
                count += 1
    return count
