"""Runs a submission and answers calls into it, under limits."""

from graders.sandbox.attempt import Attempt
from graders.sandbox.limits import Limits
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.session import Session

__all__ = ["Attempt", "Limits", "Sandbox", "Session"]
