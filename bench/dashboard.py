"""What the coverage page costs when ten million people-at-a-session are behind it.

Prints one JSON object a line. `DATABASE_URL` chooses the database, SQLite by default; each
run makes two databases of its own, with 10 thousand and 10 million rows of attendance in
the same hamlets and months, and drops them. The rows and their sums are written by
set-based SQL; the small one is proven with `verify_figures`.

- `dashboard_ms_10m_vs_10k`: median milliseconds of the page, large ÷ small, requests in
  turns in one run.
- `dashboard_queries`: statements of the page, the larger of the two.

`DASHBOARD_ROWS` asks for another size than 10,000,000 (the name says so then).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

import dj_database_url  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from attendance import sql  # noqa: E402
from people.factors import SET_UP_HERE  # noqa: E402
from people.middleware import ACTIVE_AT  # noqa: E402
from people.models import User  # noqa: E402
from people.roles import Role  # noqa: E402
from pilot_communes.models import Placement, Unit  # noqa: E402
from pilot_communes.querysets import today  # noqa: E402
from reports.spans import months_after  # noqa: E402
from reports.verify import differences  # noqa: E402
from tests import factories as make  # noqa: E402
from tests.databases import copies  # noqa: E402
from tests.servers import own_database  # noqa: E402

COMMUNES, HAMLETS, MONTHS = 64, 10, 12
PEOPLE = 100  # of each hamlet
SMALL, LARGE = 10_000, int(os.environ.get("DASHBOARD_ROWS", "10000000"))
CLASS = 50
ROUNDS, REQUESTS = 6, 8
BARS = {"ratio": 1.3, "queries": 12}
POSTGRESQL = connection.vendor == "postgresql"
FILLED = (
    "attendance_trainingsession",
    "attendance_attendance",
    "reports_firstreach",
    "reports_hamletday",
    "reports_hamletmonth",
    "reports_hamlettotal",
    "reports_sessionfigures",
    "people_person",
)


def say(name: str, value: Any, unit: str, bar: Any = None, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "bar": bar, **more}))


def use(url: str) -> None:
    """Let Django speak with that database from here on."""
    connection.close()
    connection.settings_dict["NAME"] = dj_database_url.parse(url)["NAME"]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def fill(rows: int) -> None:
    """The map, its people, sessions and attendance, and sums that agree with them."""
    if POSTGRESQL:
        # Constraints hold by construction; asking ten million times takes minutes.
        run("SET session_replication_role = replica")
        run("SET synchronous_commit = off")
        run("SET work_mem = '512MB'")
        run("SET maintenance_work_mem = '512MB'")
        for table in FILLED[1:-1]:
            run(f"ALTER TABLE {table} SET UNLOGGED")
    with transaction.atomic():
        hamlets = draw_map()
        add_people(hamlets)
        add_sessions(hamlets, rows)
        shelved = [index for table in FILLED[1:] for index in indexes(table)]
        for name, _definition in shelved:
            run(f'DROP INDEX "{name}"')
        add_attendance(rows)
        add_sums()
        for _name, definition in shelved:
            run(definition)
    for table in FILLED:
        run(f"VACUUM ANALYZE {table}" if POSTGRESQL else f"ANALYZE {table}")
    if POSTGRESQL:
        run("RESET ALL")


def indexes(table: str) -> list[tuple[str, str]]:
    """Plain indexes, which are quicker built at the end."""
    if not POSTGRESQL:
        return sql.fetch(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s",
            [table],
        )
    return sql.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)",
        [table],
    )


def draw_map() -> list[int]:
    """64 communes of ten hamlets; returns the hamlets' keys in order."""
    province = make.make_unit("Cà Mau", "province")
    user = make.make_user("mai", make.make_person("Mai"))
    make.give_role(user, Role.PROVINCE_COORDINATOR, province)
    communes = Unit.objects.bulk_create(
        Unit(
            name=f"Xã {n:02}",
            sort_name=f"xa {n:02}",
            level="commune",
            kind="xa",
            code=f"{32000 + n}",
            valid_from=make.BEGAN,
            tile_col=n % 10,
            tile_row=n // 10,
        )
        for n in range(COMMUNES)
    )
    hamlets = Unit.objects.bulk_create(
        Unit(
            name=f"Ấp {n}",
            sort_name=f"ap {n}",
            level="hamlet",
            kind="ap",
            code=f"{commune.code}{n:03}",
            valid_from=make.BEGAN,
        )
        for commune in communes
        for n in range(HAMLETS)
    )
    pairs = [(c, province) for c in communes]
    pairs += [(h, communes[i // HAMLETS]) for i, h in enumerate(hamlets)]
    Placement.objects.bulk_create(
        Placement(unit=unit, parent=parent, valid_from=make.BEGAN)
        for unit, parent in pairs
    )
    return [hamlet.pk for hamlet in hamlets]


NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers "
    "WHERE n < {last}) "
)
FRESH = "gen_random_uuid()" if POSTGRESQL else "lower(hex(randomblob(16)))"
NOW = "'2026-01-01 00:00:00+00'" if POSTGRESQL else "'2026-01-01 00:00:00'"


def add_people(hamlets: list[int]) -> None:
    """Persons with keys from 1,000,000 on: those of the first hamlet, of the second …"""
    run(
        "INSERT INTO people_person (id, uuid, name, usual_name, search, sort_name, sex, "
        "phone, created_at) "
        + NUMBERS.format(last=len(hamlets) * PEOPLE - 1)
        + f"SELECT 1000000 + n, {FRESH}, 'x', '', 'x', 'x', "
        f"CASE n % 2 WHEN 0 THEN 'f' ELSE 'm' END, '', {NOW} FROM numbers"
    )


def add_sessions(hamlets: list[int], rows: int) -> None:
    """As many classes as the rows need, spread evenly over hamlets and months."""
    count = len(hamlets)
    each = max(1, round(rows / (count * MONTHS) / CLASS))
    size = max(1, -(-rows // (count * MONTHS * each)))
    first = months_after(today(), 1 - MONTHS).isoformat()
    month, day = f"n / {count * each}", f"n / {count} % {each} * 20 / {each}"
    date = (
        f"(DATE '{first}' + make_interval(months => {month}))::date + {day}"
        if POSTGRESQL
        else f"date('{first}', '+' || ({month}) || ' months', '+' || ({day}) || ' days')"
    )
    # The last sessions stay smaller or empty when the rows do not divide evenly.
    left = f"{rows} - n * {size}"
    came = (
        f"CASE WHEN {left} < 0 THEN 0 WHEN {left} < {size} THEN {left} ELSE {size} END"
    )
    state = (
        (
            '\'{{"totals": {{"named": \' || came || \', "head_count": \' || (came + 2) || '
            "', \"proxies\": 0}}}}'"
        )
        .replace("{{", "{")
        .replace("}}", "}")
    )
    state = f"({state})::jsonb" if POSTGRESQL else state
    run(
        "INSERT INTO attendance_trainingsession (id, uuid, host_id, venue, kind, date, "
        "status, is_public, cancel_reason, created_at, state, fold_version, state_version) "
        + NUMBERS.format(last=count * MONTHS * each - 1)
        + f"SELECT n + 1, {FRESH}, {hamlets[0]} + n % {count}, '', 'class', {date}, "
        f"'closed', true, '', {NOW}, {state}, 1, 1 "
        f"FROM (SELECT n, {came} AS came FROM numbers) t"
    )


def add_attendance(rows: int) -> None:
    """Each class takes the next people of its hamlet, round and round."""
    came = (
        "(s.state->'totals'->>'named')::int"
        if POSTGRESQL
        else "json_extract(s.state, '$.totals.named')"
    )
    hamlets = COMMUNES * HAMLETS
    run(
        "CREATE TEMPORARY TABLE came AS SELECT id, host_id, date, "
        f"(id - 1) % {hamlets} AS place, (id - 1) / {hamlets} AS turn, {came} AS came "
        "FROM attendance_trainingsession s"
    )
    number = f"(turn * came + n) % {PEOPLE}"
    run(
        "INSERT INTO attendance_attendance (session_id, person_id, present, outcome, "
        "blocker, skills, sex, age_band, home, home_hamlet_id) "
        + NUMBERS.format(last=999)
        + f"SELECT id, 1000000 + place * {PEOPLE} + {number}, true, "
        f"CASE ({number} + id) % 4 WHEN 0 THEN 'alone' WHEN 1 THEN 'helped' "
        "WHEN 2 THEN 'not_yet' ELSE '' END, '', '{}', "
        f"CASE ({number} + place * {PEOPLE}) % 2 WHEN 0 THEN 'f' ELSE 'm' END, "
        f"CASE {number} % 3 WHEN 0 THEN '18' WHEN 1 THEN '40' ELSE '60' END, "
        "'hamlet', host_id FROM came JOIN numbers ON n < came"
    )


def add_sums() -> None:
    """First reaches and sums by their definitions, as sets."""
    month = (
        "date_trunc('month', date)::date"
        if POSTGRESQL
        else "date(date, 'start of month')"
    )
    year, quarter = (
        ("extract(year FROM month)", "extract(quarter FROM month)")
        if POSTGRESQL
        else (
            "strftime('%%Y', month)",
            "(CAST(strftime('%%m', month) AS INTEGER) + 2) / 3",
        )
    )
    height = "CASE outcome WHEN 'alone' THEN 2 WHEN 'helped' THEN 1 ELSE 0 END"
    run(
        "CREATE TEMPORARY TABLE lines AS SELECT session_id, sex, age_band, "
        "CASE outcome WHEN '' THEN 'unrecorded' ELSE outcome END AS outcome, "
        "count(*) AS value FROM attendance_attendance GROUP BY 1, 2, 3, 4"
    )
    run(
        "CREATE TEMPORARY TABLE reached AS "
        f"SELECT person_id, {month} AS month, min(home_hamlet_id) AS hamlet, "
        "min(sex) AS sex, min(age_band) AS age_band, min(session_id) AS attended, "
        f"min(CASE WHEN {height} >= 1 THEN session_id END) AS helped, "
        f"min(CASE WHEN {height} = 2 THEN session_id END) AS alone "
        "FROM attendance_attendance a JOIN came s ON s.id = a.session_id GROUP BY 1, 2"
    )
    rungs = " UNION ALL ".join(
        f"SELECT person_id, month, hamlet, sex, age_band, '{rung}' AS rung, "
        f"{rung} AS session_id FROM reached WHERE {rung} IS NOT NULL"
        for rung in ("attended", "helped", "alone")
    )
    before = "lag({}) OVER (PARTITION BY person_id, rung ORDER BY month)"
    run(
        f"CREATE TEMPORARY TABLE firsts AS SELECT *, CASE WHEN y0 IS NULL THEN 'e' "
        "WHEN y0 <> y THEN 'y' WHEN q0 <> q THEN 'q' ELSE 'm' END AS span FROM ("
        f"SELECT d.*, {before.format('y')} AS y0, {before.format('q')} AS q0 FROM ("
        f"SELECT r.*, {year} AS y, {quarter} AS q FROM ({rungs}) r) d) w"
    )
    columns = ", ".join(
        f"max(CASE WHEN rung = '{rung}' THEN span ELSE '' END)"
        for rung in ("attended", "helped", "alone")
    )
    run(
        "INSERT INTO reports_firstreach (subject_kind, subject_id, skill, session_id, day, "
        "hamlet_id, home, kind, sex, age_band, attended, helped, alone, kept) "
        f"SELECT 'p', person_id, '', session_id, min(s.date), min(f.hamlet), 'hamlet', "
        f"'class', min(f.sex), min(f.age_band), {columns}, '' FROM firsts f "
        "JOIN came s ON s.id = f.session_id GROUP BY person_id, session_id"
    )
    run(
        "CREATE TEMPORARY TABLE said AS "
        "SELECT s.host_id AS hamlet_id, s.date AS day, 'named' AS measure, sex, age_band, "
        "sum(value) AS value FROM lines l JOIN came s ON s.id = l.session_id "
        "GROUP BY 1, 2, 3, 4, 5 "
        "UNION ALL SELECT s.host_id, s.date, 'outcome/' || outcome, sex, age_band, "
        "sum(value) FROM lines l JOIN came s ON s.id = l.session_id GROUP BY 1, 2, 3, 4, 5 "
        "UNION ALL SELECT host_id, date, 'sessions', '*', '*', count(*) FROM came "
        "GROUP BY 1, 2 "
        "UNION ALL SELECT host_id, date, 'visits', '*', '*', sum(came + 2) FROM came "
        "GROUP BY 1, 2 "
        "UNION ALL SELECT host_id, date, 'nameless', '*', '*', count(*) * 2 FROM came "
        "GROUP BY 1, 2 "
        "UNION ALL SELECT host_id, date, 'no_household', '*', '*', sum(came) FROM came "
        "GROUP BY 1, 2 HAVING sum(came) > 0 "
        "UNION ALL SELECT f.hamlet, s.date, 'people/' || rung || '/' || span, sex, "
        "age_band, count(*) FROM firsts f JOIN came s ON s.id = f.session_id "
        "GROUP BY 1, 2, 3, 4, 5"
    )
    write_sums(month.replace("date,", "day,").replace("date)::", "day)::"))
    write_session_figures()


def write_sums(month: str) -> None:
    run(
        "INSERT INTO reports_hamletday (hamlet_id, day, measure, sex, age_band, skill, "
        "kind, value) SELECT hamlet_id, day, measure, sex, age_band, '', 'class', value "
        "FROM said"
    )
    to_date = "WHERE measure NOT LIKE 'people/%%' OR measure LIKE 'people/%%/e'"
    for fine in (True, False):
        key = "sex, age_band" if fine else "'*', '*'"
        kind = "'class'" if fine else "'*'"
        extra = ", sex, age_band" if fine else ""
        run(
            "INSERT INTO reports_hamletmonth (hamlet_id, month, measure, sex, age_band, "
            f"skill, kind, value) SELECT hamlet_id, {month} AS month, measure, {key}, '', "
            f"{kind}, sum(value) FROM said GROUP BY hamlet_id, {month}, measure{extra}"
        )
        run(
            "INSERT INTO reports_hamlettotal (hamlet_id, measure, sex, age_band, skill, "
            f"kind, value) SELECT hamlet_id, measure, {key}, '', {kind}, sum(value) "
            f"FROM said {to_date} GROUP BY hamlet_id, measure{extra}"
        )


def write_session_figures() -> None:
    """What each session put in, as JSON lines in the order of their keys."""
    pack = (
        "json_agg(json_build_array(m, sex, age_band, '', value) ORDER BY m COLLATE \"C\", "
        'sex COLLATE "C", age_band COLLATE "C")'
        if POSTGRESQL
        else "json_group_array(json_array(m, sex, age_band, '', value))"
    )
    run(
        "INSERT INTO reports_sessionfigures (session_id, host_id, day, kind, counts, "
        "lessons, skills, contribution, state_version) "
        "SELECT c.id, c.host_id, c.date, 'class', true, '[]', '[]', p.packed, 1 "
        f"FROM came c JOIN (SELECT session_id, {pack} AS packed FROM (SELECT * FROM ("
        "SELECT session_id, 'named' AS m, sex, age_band, sum(value) AS value FROM lines "
        "GROUP BY 1, 2, 3, 4 "
        "UNION ALL SELECT session_id, 'outcome/' || outcome, sex, age_band, sum(value) "
        "FROM lines GROUP BY 1, 2, 3, 4 "
        "UNION ALL SELECT id, 'sessions', '*', '*', 1 FROM came "
        "UNION ALL SELECT id, 'visits', '*', '*', came + 2 FROM came "
        "UNION ALL SELECT id, 'nameless', '*', '*', 2 FROM came "
        "UNION ALL SELECT id, 'no_household', '*', '*', came FROM came WHERE came > 0"
        ") u ORDER BY session_id, m, sex, age_band) o GROUP BY session_id) p "
        "ON p.session_id = c.id"
    )


def entered() -> Client:
    """A browser in which the province's coordinator is signed in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="mai"))
    return client


def stay(client: Client) -> None:
    """The middleware looks at roles and second factor once a minute: not while we time."""
    session = client.session
    session[SET_UP_HERE] = True
    session[ACTIVE_AT] = time.time()
    session.save()


def page(client: Client) -> float:
    """Milliseconds of the whole page."""
    began = time.perf_counter()
    response = client.get("/tinh/")
    took = (time.perf_counter() - began) * 1000
    if (
        response.status_code != 200
        or response.content.count(b'scope="row"') != COMMUNES
    ):
        raise SystemExit(f"/tinh/ answered {response.status_code}")
    return took


def main() -> None:
    began = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="toso-dashboard-"))
    template = copies()
    template.create()
    with ExitStack() as made:
        made.callback(template.destroy)
        databases = {}
        for rows in (SMALL, LARGE):
            place = folder / str(rows)
            place.mkdir()
            databases[rows] = made.enter_context(own_database(place))
            use(databases[rows])
            fill(rows)
            if rows == SMALL and (wrong := next(differences(), None)):
                raise SystemExit(f"The bench's own sums are wrong: {wrong}")
        filled = time.perf_counter() - began
        clients, times, queries = {}, {SMALL: [], LARGE: []}, {}
        for _round in range(ROUNDS):
            for rows, url in databases.items():
                use(url)
                stay(clients.setdefault(rows, entered()))
                with CaptureQueriesContext(connection) as captured:
                    page(clients[rows])
                queries[rows] = len(captured)
                connection.force_debug_cursor = False
                times[rows] += [page(clients[rows]) for _ in range(REQUESTS)]
        connection.close()
    medians = {rows: statistics.median(times[rows]) for rows in times}
    large = f"{LARGE // 1_000_000}m" if LARGE >= 1_000_000 else f"{LARGE // 1000}k"
    say(
        f"dashboard_ms_{large}_vs_10k",
        round(medians[LARGE] / medians[SMALL], 3),
        "ratio",
        BARS["ratio"],
        database=connection.vendor,
        ms_small=round(medians[SMALL], 1),
        ms_large=round(medians[LARGE], 1),
        rows=LARGE,
        filled_s=round(filled),
    )
    say(
        "dashboard_queries",
        max(queries.values()),
        "statements",
        BARS["queries"],
        database=connection.vendor,
        small=queries[SMALL],
        large=queries[LARGE],
    )


if __name__ == "__main__":
    main()
