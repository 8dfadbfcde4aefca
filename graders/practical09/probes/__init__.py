"""Functions that run inside the sandbox, alongside a student's code: students may read them, so nothing here is secret.

A check names one by its module, as `training.run`. Each takes the student's global names first and gives back plain
data; the standard library, NumPy and torch are all that they import. `SLOW` of a module names those that train: too
slow to be replayed on every misconception.
"""
