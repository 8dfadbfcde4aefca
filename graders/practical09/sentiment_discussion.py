"""How the sentiment results could be improved further (programming 3.2): marked by a person."""

from graders import Question, RubricItem

question = Question("sentiment_discussion", title="Discussion of the sentiment classifiers", points=1)

question.written(
    "discussion",
    "What your two classifiers show, and how you would improve them",
    RubricItem(
        "comparison",
        0.3,
        "It reports the accuracies of the plain RNN and of the bidirectional LSTM as this student measured them, and "
        "explains the difference or its absence: vanishing gradients over long reviews, gates that keep what matters, "
        "reading from both ends, signs of overfitting. An explanation must fit the student's own numbers.",
    ),
    RubricItem(
        "improvements",
        0.4,
        "At least two different improvements that could really help here, such as pretrained embeddings, a "
        "pretrained model, dropout or weight decay, early stopping on a validation split, pooling or attention, "
        "gradient clipping, better tokens, longer reviews. “More epochs” counts only with a reason from the losses.",
    ),
    RubricItem(
        "reasons",
        0.3,
        "Each improvement is tied to a weakness that it removes, seen in the results or known of the model; a bare "
        "list of techniques earns nothing here. How to test it (one change at a time, not on the test set) counts too.",
    ),
)
