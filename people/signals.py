"""What this room tells the rooms above, always inside the transaction of the change.

Every signal carries `person_ids`: the sorted keys of all persons whose identity, home or
stamped facts may have changed. Receivers recompute what they derived from them.

- `person_merged`, `person_unmerged`: also `from_id` and `to_id`, the two ends of the pointer.
- `person_erased`: the persons are tombstones now; stamped sex and age band must stay.
- `person_changed`: also `fields`, the names of the changed fields ("home" for a residence).

`household_changed` carries `household_ids`: households that were placed elsewhere.
"""

from django.dispatch import Signal

person_merged = Signal()
person_unmerged = Signal()
person_erased = Signal()
person_changed = Signal()
household_changed = Signal()
