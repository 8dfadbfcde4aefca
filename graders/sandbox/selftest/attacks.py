"""Every behaviour that a configuration of the sandbox must withstand."""

from __future__ import annotations

from graders.sandbox.selftest.attacks_faults import FAULTS
from graders.sandbox.selftest.attacks_objects import ANSWERS
from graders.sandbox.selftest.attacks_reach import REACHING

BEHAVIOURS = (*REACHING, *FAULTS, *ANSWERS)
