"""The grader package of ASSIGNMENT: one module a question."""

from graders import AssignmentPackage

from . import softmax, why_shift

PACKAGE = AssignmentPackage(questions=(softmax.question, why_shift.question))
