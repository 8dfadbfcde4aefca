"""Model answer: how to improve the sentiment classifier further (programming 3.2)."""

ANSWER = r"""
**What happened.** The plain RNN is the weaker one: reviews are hundreds of words long and its state is rewritten at
every word, so gradients vanish on the way back and the first half of a review hardly counts. The bidirectional LSTM
keeps what it wants in its cell, and reads the review from both ends; it learns faster and ends clearly higher. Its
training loss keeps falling in the last epochs while the test accuracy does not rise: it begins to overfit.

**What I would try next, most promising first.**

1. *Pretrained knowledge.* Initialise the embedding with GloVe or word2vec vectors, or fine-tune a pretrained
   transformer: 25,000 reviews are few for learning both words and sentiment, and this is what gains most.
2. *Regularisation.* Dropout on the embeddings and before the output, weight decay, and early stopping on a validation
   split taken from the training reviews, never on the test set.
3. *More of the review in the decision.* Max or mean pooling, or attention, over all states rather than the final two,
   and a longer cut than 256 words, since verdicts often come last.
4. *Optimisation.* Gradient clipping (above all for the plain RNN), a learning-rate schedule, two stacked layers.
5. *Input.* Subword tokens, which keep rare words and negations such as "n't" apart.

I would change one thing at a time, and choose on the validation split over several seeds.
"""
