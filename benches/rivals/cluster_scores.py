"""How good clusters are: pairwise and B-cubed precision, recall and F1 against true clusters.

Both clusterings are dicts from a row's key to its cluster, over the same keys.

Pairwise: of the unordered pairs of rows that share a found cluster, how many share a true one (precision), and the
other way round (recall). One large cluster counts by the square of its size.

B-cubed: for each row, the share of its found cluster that is truly with it (precision) and the share of its true
cluster that was found with it (recall), the row itself included; both averaged over all rows, also those that stand
alone.

F1 is the harmonic mean of the precision and the recall so defined.
"""

from collections import Counter


def f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def score_clusters(found, true):
    if found.keys() != true.keys():
        raise ValueError("the found and the true clusters are not over the same keys")
    found_sizes = Counter(found.values())
    true_sizes = Counter(true.values())
    both_sizes = Counter((found[key], true[key]) for key in true)
    both_pairs = _pairs(both_sizes)
    return {
        "pairwise": _figures(_share(both_pairs, _pairs(found_sizes)), _share(both_pairs, _pairs(true_sizes))),
        "b_cubed": _figures(
            sum(size * size / found_sizes[cluster] for (cluster, _), size in both_sizes.items()) / len(true),
            sum(size * size / true_sizes[cluster] for (_, cluster), size in both_sizes.items()) / len(true),
        ),
    }


def _pairs(sizes):
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _share(part, whole):
    """Of no pairs at all none is wrong."""
    return part / whole if whole else 1.0


def _figures(precision, recall):
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}
