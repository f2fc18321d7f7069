"""Changes of places and rollout: each checks, writes, logs, in one transaction."""

from .bases import declare_base, declare_bases
from .carrying import carry_due_teams
from .codes import next_codes, unknown_leaf
from .hamlets import add_hamlets, preview_adding
from .phases import check_readiness, join_phase, leave_phase, set_target
from .preview import Line, Preview, Source
from .redrawing import (
    Part,
    merge_units,
    preview_merge,
    preview_redrawing,
    redraw_units,
    split_unit,
)
from .support import add_support_point, change_support_point, close_support_point
from .teams import create_team, end_service, end_team, serve_hamlet
from .undo import preview_undoing, undo_change
from .units import move_unit, names_on, preview_moving, preview_renaming, rename_unit

__all__ = [
    "Line",
    "Part",
    "Preview",
    "Source",
    "add_hamlets",
    "add_support_point",
    "carry_due_teams",
    "change_support_point",
    "check_readiness",
    "close_support_point",
    "create_team",
    "declare_base",
    "declare_bases",
    "end_service",
    "end_team",
    "join_phase",
    "leave_phase",
    "merge_units",
    "move_unit",
    "names_on",
    "next_codes",
    "preview_adding",
    "preview_merge",
    "preview_moving",
    "preview_redrawing",
    "preview_renaming",
    "preview_undoing",
    "redraw_units",
    "rename_unit",
    "serve_hamlet",
    "set_target",
    "split_unit",
    "undo_change",
    "unknown_leaf",
]
