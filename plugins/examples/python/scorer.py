"""The share of words that two texts have in common."""

from matchflow import alternatives, scorer


def score(left, right, parameters):
    """The score of a pair, 0 to 1, or None if a side has nothing to compare.

    `left` and `right` have a text for each input, "" if it is missing.
    """
    pairs = [(one, other) for one in alternatives(left["name"]) for other in alternatives(right["name"])]
    return max((overlap(one, other) for one, other in pairs), default=None)


def overlap(left, right):
    left, right = set(left.split()), set(right.split())
    return 2 * len(left & right) / (len(left) + len(right))


def explain(left, right, parameters):
    """The evidence shown with the score: an object for each input. Optional."""
    return {"name": {"left": left["name"], "right": right["name"]}}


Scoring = scorer(
    name="word-overlap",
    version="0.1.0",
    summary="The share of words that two texts have in common",
    inputs=["name"],
    score=score,
    explain=explain,
)
