"""Dedupes Splink's own sample of 1,000 people with Splink, and scores the clusters at every threshold tried.

Four models. As Splink's documentation has them for this data set: `tutorial` is the introductory tutorial (part 4),
whose narrow blocking rules lose more than half of the pairs; `labels` the example "Evaluation when you have fully
labelled data"; `names` the comparisons of the example "Linking without deduplication" with the blocking and training of
`labels`. And the best of some seventeen that were tried: `tolerant` compares birth dates and cities by Levenshtein
distance. All learn without labels: u by random sampling, m by EM. The threshold, and `tolerant` itself, are chosen on
the truth, which favours Splink.

With `--members` it scores another tool's clusters with the same function on the same truth.
"""

import argparse
import csv
import logging
from pathlib import Path

import duckdb
import pandas
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from cluster_scores import score_clusters
from measure import Phases, environment, peak_memory_mib, print_table, write_json

# In match weights (log2 of the odds), since probabilities crowd at 1; wide enough that every model's best is inside.
THRESHOLD_WEIGHTS = [quarter / 4 for quarter in range(-10, 9)]
SEED = 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds left.xlsx (the rows) and truth.csv (id, cluster)")
    parser.add_argument("--members", type=Path, help="another tool's clusters: a CSV with the columns cluster and key")
    parser.add_argument("--json", type=Path, help="writes the figures there as well")
    return parser.parse_args()


def train_tutorial(linker):
    linker.training.estimate_probability_two_random_records_match(
        [
            block_on("first_name", "dob"),
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ],
        recall=0.7,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=SEED)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def train_labels(linker):
    linker.training.estimate_probability_two_random_records_match(
        [
            "l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1",
            "l.surname = r.surname and levenshtein(r.dob, l.dob) <= 1",
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ],
        recall=0.7,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for rule in (block_on("dob"), block_on("email"), block_on("first_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)


NAMES = [cl.NameComparison("first_name"), cl.NameComparison("surname")]
FULL_NAME = cl.ForenameSurnameComparison("first_name", "surname")
BIRTH = cl.DateOfBirthComparison("dob", input_is_string=True)
CITY = cl.ExactMatch("city").configure(term_frequency_adjustments=True)
TOLERANT_CITY = cl.LevenshteinAtThresholds("city", 2).configure(term_frequency_adjustments=True)
EMAIL = cl.EmailComparison("email")
NARROW = [block_on("first_name", "city"), block_on("surname")]
ANY_FIELD = [block_on(column) for column in ("first_name", "surname", "dob", "email")]
MODELS = {
    "tutorial": (train_tutorial, [*NAMES, cl.LevenshteinAtThresholds("dob", 1), CITY, EMAIL], NARROW),
    "labels": (train_labels, [FULL_NAME, BIRTH, CITY, EMAIL], ANY_FIELD),
    "names": (train_labels, [*NAMES, BIRTH, CITY, EMAIL], ANY_FIELD),
    "tolerant": (train_labels, [*NAMES, cl.LevenshteinAtThresholds("dob", [1, 2]), TOLERANT_CITY, EMAIL], ANY_FIELD),
}


def read_truth(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row["id"]: row["cluster"] for row in csv.DictReader(file)}


def read_members(path, true):
    """Rows without a cluster stand alone; a key that the truth does not have, or has twice, is an error."""
    found = {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["key"] not in true:
                raise SystemExit(f"{path}: key {row['key']!r} is not in the truth")
            if row["key"] in found:
                raise SystemExit(f"{path}: key {row['key']!r} stands in two clusters or twice in one")
            found[row["key"]] = row["cluster"]
    alone = true.keys() - found.keys()
    if alone:
        print(f"{len(alone)} rows have no cluster and stand alone\n")
    return found | {key: ("alone", key) for key in alone}


def splink_runs(people, true, phases):
    """The figures of every model at every threshold."""
    for name, (train, comparisons, blocking_rules) in MODELS.items():
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=comparisons,
            blocking_rules_to_generate_predictions=blocking_rules,
        )
        connection = duckdb.connect()
        connection.execute("SET threads = 2")
        api = DuckDBAPI(connection)
        with phases.of(f"{name}: training"):
            linker = Linker(api.register(people), settings, log_level=logging.ERROR)
            train(linker)
        with phases.of(f"{name}: prediction"):
            predictions = linker.inference.predict(threshold_match_weight=min(THRESHOLD_WEIGHTS))
        for weight in THRESHOLD_WEIGHTS:
            with phases.of(f"{name}: clustering, {len(THRESHOLD_WEIGHTS)} times"):
                clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
                    predictions, threshold_match_weight=weight
                ).as_pandas_dataframe()
            found = dict(zip(clusters["unique_id"], clusters["cluster_id"]))
            yield {"tool": f"splink, {name}", "threshold_weight": weight} | score_clusters(found, true)


MEASURES = {"b_cubed": "B", "pairwise": "P"}


def best_run(runs, measure):
    return max(runs, key=lambda run: run[measure]["f1"])


def mark_best(runs):
    """Adds B or P to the run that is its model's best by that measure, once more to the best of all."""
    for measure, mark in MEASURES.items():
        for tool in {run["tool"] for run in runs}:
            best_run([run for run in runs if run["tool"] == tool], measure).setdefault("best", []).append(mark)
        best_run(runs, measure)["best"].append(mark)


def table_row(run):
    weight = run.get("threshold_weight")
    return [
        run["tool"],
        "" if weight is None else f"{weight:.2f}",
        "" if weight is None else f"{2**weight / (1 + 2**weight):.3f}",
        *(f"{run[measure][figure]:.4f}" for measure in MEASURES for figure in ("precision", "recall", "f1")),
        "".join(run.get("best", [])),
    ]


def main():
    options = arguments()
    people = pandas.read_excel(options.folder / "left.xlsx", dtype=str)
    true = read_truth(options.folder / "truth.csv")
    phases = Phases()
    runs = list(splink_runs(people, true, phases))
    mark_best(runs)
    if options.members:
        runs.append({"tool": options.members.name} | score_clusters(read_members(options.members, true), true))

    heads = ["clusters of", "weight", "probability", "B-cubed P", "R", "F1", "pairs P", "R", "F1", "best"]
    print_table(heads, [table_row(run) for run in runs])
    print("B, P: the best B-cubed and pairwise F1 of a model, BB, PP of all; thresholds chosen on the truth\n")
    print_table(["phase", "seconds"], phases.rows())
    print(f"peak memory {peak_memory_mib():.0f} MiB")
    write_json(
        options.json,
        {"runs": runs, "seconds": phases.seconds, "peak_memory_mib": peak_memory_mib()} | environment(),
    )


if __name__ == "__main__":
    main()
