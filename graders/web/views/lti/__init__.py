"""The pages that learning platforms ask, and those about their gradebooks.

entering     login, launch, our keys, the introduction of a platform
picking      an activity made from an assignment
scores       what has arrived in gradebooks and what has not; release; once more
pages        all of them put together
"""

OPEN = "^/lti/(login|launch|keys|register|ended)$"  # what nobody needs to have signed in for
