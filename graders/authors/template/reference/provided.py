"""What the notebook gives to everybody: its imports and its parameters."""

import numpy as np  # noqa: F401

CLASSES = 4
