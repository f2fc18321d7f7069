"""What attendance tells the rooms above it."""

from django.dispatch import Signal

# Sent INSIDE the fold transaction, after Attendance and HouseholdReach were written and
# while the sessions and persons are locked. Keyword arguments:
#   sessions       list of TrainingSession with the new `state` (already saved)
#   person_ids     sorted keys of canonical persons whose attendance changed
#   household_ids  sorted keys of households whose reach, or whose members' attendance,
#                  changed
#   cause          why: "" for what phones and forms record, else "merge", "erasure",
#                  "hold"
# A receiver compares the session's own facts (date, host, kind, status, lessons) with
# what it remembers. One that raises rolls everything back.
folded = Signal()
