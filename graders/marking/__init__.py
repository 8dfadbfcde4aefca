"""Marks that people give: decisions, rubrics, second opinions, late rules, and the final marks that follow.

answer      what one student wrote for one part, and the slot in which decisions on it are kept
decision    what was decided, by whom and when; nothing is ever changed, only decided again
rubric      what each item is worth
ledger      all that has been decided about an assignment
settling    a report with what people have decided: pure functions
late        due dates, grace, extensions, and what lateness costs
groups      equal and nearly equal answers, for one judgement together
second      the share that a second marker sees blind, and where the two differ
bank        comments that were written before
status      what is still open, and with whom
"""
