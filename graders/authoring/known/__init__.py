"""What well-known messages of Python, NumPy and PyTorch mean, in a sentence that a student can act on."""

from graders.authoring.known.messages import meaning
from graders.authoring.known.pattern import Known

__all__ = ["Known", "meaning"]
