"""Every behaviour that a configuration of the sandbox must withstand."""

from __future__ import annotations

from graders.sandbox.attacks_faults import FAULTS
from graders.sandbox.attacks_objects import ANSWERS
from graders.sandbox.attacks_reach import REACHING

BEHAVIOURS = (*REACHING, *FAULTS, *ANSWERS)
