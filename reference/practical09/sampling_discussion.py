"""Model answer: what different k do to the generated names (programming 2.3)."""

ANSWER = r"""
**What k does.** With $k = 1$ the model always takes its most likely letter, so every name is the same; often it runs
into a loop of vowels. With $k = 2$ or $3$ the names stay close to common patterns (consonant, vowel, an ending in *a*
or *n*), but few distinct ones appear. As $k$ grows the names become more varied and more often impossible to
pronounce. From $k = 27$ on nothing is cut away and it is ordinary sampling: one unlikely letter is enough to lead the
state somewhere that training never visited, and the mistakes add up. So small $k$ buys plausibility at the price of
variety; $k$ of about 3 to 6 gave me the best names.

**Are they good?** Only partly. After 1,000 epochs the held-out loss is about 2.6 nats a symbol. That is better than
letter frequencies alone (2.82), but worse than a table of letter pairs (2.45). This agrees with what one sees: vowels
and consonants alternate, lengths are about right and most names end as names do, but few look real.

**Why, and what would help.** The model saw 1,000 of the 32,033 names, one at a time, so its updates are few and
noisy. Going over the whole list in mini-batches would help most, then an LSTM or GRU, and a lower temperature as a
softer means than a hard cut at $k$.
"""
