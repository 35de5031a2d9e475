"""Results of a run: an Arrow table, counts, explanations of single rows, and how notebooks show them."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import _command, _charts

_ROWS_SHOWN = 10
_COLUMNS_SHOWN = ("cluster", "key", "outcome", "score", "in_name", "name", "id", "same_as", "reason")


class Results:
    """The rows of a run in the order of the source; columns as in the book's "Result files"."""

    def __init__(self, folder: Path, pipeline: str, overrides: Sequence[str], events: list[Any], temporary: Any) -> None:
        import pyarrow.parquet as parquet

        self._pipeline, self._overrides, self._events = pipeline, list(overrides), events
        # Deleted with the results: `explain` reads the checkpoint in it.
        self._temporary = temporary
        self.table = parquet.read_table(folder / "results.parquet")

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome: `matched`, `review`, `unmatched`, `failed`; of `dedupe`, `clusters` and their `rows`."""
        if "cluster" in self.table.column_names:
            return {"clusters": len(set(self.table.column("cluster").to_pylist())), "rows": len(self)}
        outcomes = self.table.column("outcome").to_pylist()
        return {outcome: outcomes.count(outcome) for outcome in ("matched", "review", "unmatched", "failed")}

    @property
    def messages(self) -> list[str]:
        """Messages and warnings of the run, and the lines of its summary."""
        texts = [str(event["text"]) for event in self._events if event.get("event") == "message"]
        return texts + [str(line) for event in self._events for line in event.get("lines", [])]

    def explain(self, key: Any) -> "Explanation":
        """Why the row with this key has its result."""
        arguments = ["explain", self._pipeline, str(key), "--json", *self._overrides]
        return Explanation(json.loads(_command.call(arguments)))

    def chart(self) -> "_charts.Svg":
        """The scores of all rows with a candidate, by outcome."""
        scores = self.table.column("score").to_pylist()
        has_outcomes = "outcome" in self.table.column_names
        outcomes = self.table.column("outcome").to_pylist() if has_outcomes else ["duplicate"] * len(scores)
        return _charts.histogram(scores, outcomes)

    def to_pandas(self, **options: Any) -> Any:
        """The table as a pandas data frame."""
        return self.table.to_pandas(**options)

    def to_polars(self) -> Any:
        """The table as a polars data frame."""
        import polars

        return polars.from_arrow(self.table)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        if "cluster" in self.table.column_names:
            return f"<matchflow.Results: {len(self):,} rows in {self.counts['clusters']:,} clusters>"
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in self.counts.items() if count)
        return f"<matchflow.Results: {len(self):,} rows: {counts}>"

    def _repr_html_(self) -> str:
        names = [name for name in _COLUMNS_SHOWN if name in self.table.column_names]
        rows = self.table.select(names).slice(0, _ROWS_SHOWN).to_pylist()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in names) + "</tr>" for row in rows)
        return (
            f"<p>{html.escape(repr(self)[1:-1])}</p>{self.chart()._repr_html_()}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


class Explanation:
    """The candidates of one row, the best first, with the match weight of each comparison."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """`id`, `group`, `score`, `entry` and `evidence` of each candidate."""
        return list(self.content.get("candidates", []))

    def weights(self) -> list[tuple[str, float]]:
        """The steps of the best candidate's match weight in bits, from the prior on; empty without a match model."""
        if not self.candidates:
            return []
        model = self.candidates[0].get("evidence", {}).get("_model", {})
        return [(name, _bits(step)) for name, step in model.items() if name != "weight"]

    def chart(self) -> "_charts.Svg":
        """The match weight of the best candidate as a waterfall."""
        return _charts.waterfall(self.weights())

    def __repr__(self) -> str:
        steps = ", ".join(f"{name} {bits:+.1f}" for name, bits in self.weights())
        return f"<matchflow.Explanation {self.content.get('key')}: {self.content.get('outcome')}: {steps}>"

    def _repr_html_(self) -> str:
        reason = html.escape(str(self.content.get("reason_text", "")))
        return f"<p><b>{html.escape(str(self.content.get('outcome')))}</b> {reason}</p>{self.chart()._repr_html_()}"


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
    return html.escape(text)


def _bits(step: Any) -> float:
    return float(step["bits"] if isinstance(step, dict) else step)
