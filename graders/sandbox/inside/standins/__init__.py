"""What stands in, alongside a student's code, for what its author's machine had and this one has not.

Names that libraries have given up, packages and services that are not here, lines for an editor: what is harmless does
nothing, and what is truly needed raises `NotHere`, which leaves a question open for a person. Everything is put in
place once (`everything`), before any cell runs, and counts from then on as the library's own.
"""
