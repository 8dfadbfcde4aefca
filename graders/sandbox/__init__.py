"""Runs a submission and answers calls into it, under limits."""

from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.session import Session
from graders.sandbox.limits import Limits

__all__ = ["Attempt", "Limits", "Sandbox", "Session"]
