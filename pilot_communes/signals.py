"""What this room tells the rooms above, always inside the transaction of the change.

`map_changing` is sent while a change of the map is being carried out, before its record
is kept. A room above that keeps dated rows held in a unit carries them over with
`journal.make()` and `journal.change()`; undoing the change takes exactly these back, or
says why it cannot:

- `journal`: the `Journal` of the change;
- `kind`, `effective_on`: what and when;
- `before`, `after`: the units that end and those that take over.

`map_changed` is sent after every change of the map and after its undo:

- `change`: the `MapChange`; its `kind` and `effective_on` say what and when;
- `unit_ids`: sorted keys of every unit touched (closed, opened, moved, renamed);
- `before`, `after`: sorted keys of the units that ended and of those that took over
  (after a split, people and households of `before` wait for their hamlet in `after`);
- `undone`: true when the change was taken back (units in `after` are then gone).
"""

from django.dispatch import Signal

map_changing = Signal()
map_changed = Signal()
