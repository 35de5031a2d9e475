"""Compares supplier names with all names of a registry by RapidFuzz's `process.cdist`, two workers, no blocking.

A sample of the suppliers, drawn by a seed, against the whole registry. Each costs the same whatever the others are, so
the time of all of them is the sample's rate held for longer; it is printed as extrapolated and was not measured. Memory
is bounded: a block of suppliers at a time, of which only the best entry is kept. Names are cleaned as for Splink; equal
scores go to the lowest SIREN, or to nobody. Other fields are not used: that is what `cdist` does. Scores below `CUTOFF`
are not asked for, which lets RapidFuzz stop early.
"""

import argparse
import random
import time
from pathlib import Path

import numpy
from rapidfuzz import fuzz, process

import companies
from measure import Phases, environment, peak_memory_mib, print_table, processor_seconds, write_json

SCORERS = ("ratio", "token_sort_ratio", "token_set_ratio", "WRatio")
DEFAULT_SCORERS = ["token_sort_ratio", "token_set_ratio"]
CUTOFF = 70
SEED = 1
BLOCK_CELLS = 50_000_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="as `matchflow generate --out` left it")
    parser.add_argument("--sample", type=int, default=1000, help="suppliers to compare (default: %(default)s)")
    scorers = " and ".join(DEFAULT_SCORERS)
    parser.add_argument("--scorer", choices=SCORERS, action="append", help=f"may be repeated (default: {scorers})")
    parser.add_argument("--memory-gb", type=int, default=4, help="DuckDB's limit while it cleans")
    parser.add_argument("--json", type=Path, help="writes the figures there as well")
    return parser.parse_args()


def read_names(connection, sample):
    """The sampled suppliers as (row, name), and the registry's names with their SIREN, by SIREN."""
    suppliers = connection.execute(
        "SELECT unique_id, names[1] FROM suppliers_clean WHERE len(names) > 0 ORDER BY unique_id"
    ).fetchall()
    entries = connection.execute(
        "SELECT DISTINCT unnest(names) AS name, siren FROM registry_clean ORDER BY siren, name"
    ).fetchall()
    drawn = random.Random(SEED).sample(suppliers, min(sample, len(suppliers)))
    return sorted(drawn), [name for name, _ in entries], numpy.array([siren for _, siren in entries]), len(suppliers)


def best_entries(suppliers, names, sirens, scorer):
    """Yields (row, SIREN, score, tied): tied where another company scores as high."""
    block_rows = max(1, BLOCK_CELLS // len(names))
    for start in range(0, len(suppliers), block_rows):
        block = suppliers[start : start + block_rows]
        scores = process.cdist(
            [name for _, name in block], names, scorer=scorer, score_cutoff=CUTOFF, dtype=numpy.uint8, workers=2
        )
        for (row, _), of_row in zip(block, scores):
            score = of_row.max()
            if score > 0:
                best = sirens[numpy.flatnonzero(of_row == score)]
                yield row, str(best[0]), int(score), bool((best != best[0]).any())


def run_scorer(name, sample, names, sirens, truth):
    """Time and figures of one scorer on the sample."""
    start, used = time.perf_counter(), processor_seconds()
    answers = list(best_entries(sample, names, sirens, getattr(fuzz, name)))
    seconds = time.perf_counter() - start
    of_sample = {row: truth[row] for row, _ in sample}
    kept = {
        "lowest SIREN": [answer[:3] for answer in answers],
        "no answer": [answer[:3] for answer in answers if not answer[3]],
    }
    return {
        "scorer": name,
        "seconds": seconds,
        "processor_seconds": processor_seconds() - used,
        "suppliers_per_second": len(sample) / seconds,
        "pairs_per_second": len(sample) * len(names) / seconds,
        "scores": [
            {"scorer, ties": f"{name}, {ties}"} | figures
            for ties, of_ties in kept.items()
            for figures in companies.notable(companies.score_links(of_ties, of_sample))
        ],
    }


def main():
    options = arguments()
    before = environment()
    phases = Phases()
    with phases.of("load"):
        connection = companies.connect(options.memory_gb)
        rows = companies.read_suppliers(connection, options.folder)
        companies.clean_suppliers(connection)
        companies.clean_registry(connection, options.folder)
        sample, names, sirens, suppliers = read_names(connection, options.sample)
        connection.close()
    truth = companies.read_truth(options.folder, rows)
    runs = [run_scorer(scorer, sample, names, sirens, truth) for scorer in options.scorer or DEFAULT_SCORERS]

    print(f"{len(sample)} of {suppliers} suppliers against {len(names)} names of the registry\n")
    companies.print_scores([score for run in runs for score in run["scores"]], "scorer, ties")
    print_table(
        ["scorer", "seconds", "suppliers/s", "M pairs/s", f"all {suppliers}, extrapolated"],
        [
            [
                run["scorer"],
                f"{run['seconds']:.1f}",
                f"{run['suppliers_per_second']:.1f}",
                f"{run['pairs_per_second'] / 1e6:.2f}",
                f"{suppliers / run['suppliers_per_second']:,.0f} s",
            ]
            for run in runs
        ],
    )
    load, peak = phases.seconds["load"], peak_memory_mib()
    print(f"load {load:.1f} s, peak memory {peak:.0f} MiB, load average before {before['load_average']}")
    sizes = {"suppliers": suppliers, "sample": len(sample), "registry_names": len(names)}
    write_json(options.json, sizes | {"runs": runs, "load_seconds": load, "peak_memory_mib": peak} | before)


if __name__ == "__main__":
    main()
