"""What this room tells the rooms above, always inside the transaction of the change.

`map_changed` is sent after every change of the map and after its undo:

- `change`: the `MapChange`; its `kind` and `effective_on` say what and when;
- `unit_ids`: sorted keys of every unit touched (closed, opened, moved, renamed);
- `before`, `after`: sorted keys of the units that ended and of those that took over
  (after a split, people and households of `before` wait for their hamlet in `after`);
- `undone`: true when the change was taken back (units in `after` are then gone).
"""

from django.dispatch import Signal

map_changed = Signal()
