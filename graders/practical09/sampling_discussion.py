"""What different k do to generated names, and whether the results are good (programming 2.3): marked by a person."""

from graders import Question, RubricItem

question = Question("sampling_discussion", title="Discussion of sampling and top-k", points=1)

question.written(
    "discussion",
    "What k changes in the generated names, and whether they are good, argued from your own results",
    RubricItem(
        "effect_of_k",
        0.4,
        "It describes the trade-off rather than one end of it: k = 1 always gives the same name, small k gives common "
        "patterns with little variety, large k or no cut gives variety and more names that nobody could pronounce. At "
        "least two values of k besides k = 1 are compared.",
    ),
    RubricItem(
        "why",
        0.2,
        "It says why: k cuts off the tail of the distribution, a single unlikely letter leads the state where training "
        "never was, or the most likely letter at each step is not the most likely name. One sound reason is enough.",
    ),
    RubricItem(
        "evidence",
        0.2,
        "It shows names or figures of its own (examples for each k, counts of distinct names, the loss reached), and "
        "what it says agrees with them. Judge against this student's results, not against an ideal run.",
    ),
    RubricItem(
        "judgement",
        0.2,
        "It answers whether the results are good and names a limit or a remedy that fits: few updates, one name at a "
        "time, a small network, longer training, another cell, a temperature. “Not good” is a full answer when argued.",
    ),
)
