"""`match` and `dedupe`: tables in, results out."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Optional, Union

from . import _command
from ._results import Results

Data = Any
Progress = Union[bool, Callable[[_command.Event], None]]

# The formats of a pipeline's `source` and `reference`, which a table given here replaces.
_FORMATS = {
    "source": ("xlsx", "xls", "xlsb", "ods", "csv", "jsonl", "parquet", "duckdb"),
    "reference": ("xlsx", "csv", "jsonl", "parquet", "duckdb", "sirene"),
}


def match(
    data: Data,
    *,
    pipeline: Union[str, os.PathLike[str], None] = None,
    registry: Data = None,
    settings: Optional[Mapping[str, Any]] = None,
    folder: Union[str, os.PathLike[str], None] = None,
    progress: Progress = True,
) -> Results:
    """Matches each row of `data` with an entry of the registry.

    `data` and `registry` are tables (pandas, polars, pyarrow, DuckDB relations: anything with `__arrow_c_stream__`) or paths of
    files. With `pipeline` they replace its source and its registry; either may be omitted (`data=None`). Without `pipeline` the
    columns are recognized as `matchflow init` does, and `registry` is required. `settings` are values of the pipeline file by their path, such as
    `{"sink.batch_size": 500}`. `folder` keeps the checkpoint: a later call continues there; otherwise everything is temporary.
    `progress` is true for a line on standard error, or a function that receives the command's events.
    """
    return _run("match", data, pipeline, registry, settings, folder, progress)


def dedupe(
    data: Data,
    *,
    pipeline: Union[str, os.PathLike[str], None] = None,
    settings: Optional[Mapping[str, Any]] = None,
    folder: Union[str, os.PathLike[str], None] = None,
    progress: Progress = True,
) -> Results:
    """Finds the rows of `data` that are one company: a row of the results is one of them, with its `cluster`. See `match`."""
    return _run("dedupe", data, pipeline, None, settings, folder, progress)


def _run(
    command: str,
    data: Data,
    pipeline: Union[str, os.PathLike[str], None],
    registry: Data,
    settings: Optional[Mapping[str, Any]],
    folder: Union[str, os.PathLike[str], None],
    progress: Progress,
) -> Results:
    temporary = tempfile.TemporaryDirectory(prefix="matchflow-") if folder is None else None
    work = Path(temporary.name if temporary is not None else os.fspath(folder or ".")).absolute()
    work.mkdir(parents=True, exist_ok=True)
    paths = {"source": _file(data, work / "source.parquet"), "reference": _file(registry, work / "registry.parquet")}

    written = work / "pipeline.yaml"
    if pipeline is None:
        if paths["source"] is None or (command == "match" and paths["reference"] is None):
            raise ValueError("give `data` and `registry`, or a `pipeline` that names them")
        arguments = ["init", str(paths["source"]), "--yes", "--output", str(written)]
        arguments += ["--registry", str(paths["reference"])] if paths["reference"] is not None else []
        written.unlink(missing_ok=True)
        _command.call(arguments)
        paths = {}
    overrides = _overrides(paths, work, settings or {})
    file = os.fspath(pipeline) if pipeline is not None else str(written)

    line = _command.ProgressLine()
    on_event = progress if callable(progress) else line if progress else lambda event: None
    try:
        events = _command.run(["run", file, *overrides], on_event)
    finally:
        line.close()
    return Results(work, file, overrides, events, temporary)


def _file(data: Data, path: Path) -> Optional[Path]:
    """The file of a table: its own, or `path`, to which it is written."""
    if data is None:
        return None
    if isinstance(data, (str, os.PathLike)):
        return Path(os.fspath(data)).absolute()
    import pyarrow.parquet as parquet

    if not hasattr(data, "__arrow_c_stream__"):
        kind = type(data).__name__
        raise TypeError(f"{kind} is no table: give a pandas, polars, pyarrow or DuckDB table, or the path of a file")
    import pyarrow

    reader = pyarrow.RecordBatchReader.from_stream(data)
    staged = path.with_suffix(".staged")
    with parquet.ParquetWriter(staged, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    # An equal file keeps its place: a call that continues finds its source unchanged.
    os.replace(staged, path)
    return path


def _overrides(paths: Mapping[str, Optional[Path]], work: Path, settings: Mapping[str, Any]) -> list[str]:
    """`--set` arguments: the tables given, the run's files in `work`, then `settings`, which win."""
    values: dict[str, Any] = {}
    for part, path in paths.items():
        if path is not None:
            key = path.suffix.lstrip(".").lower()
            values.update({f"{part}.{known}": None for known in _FORMATS[part] if known != key})
            values[f"{part}.{key}"] = {"path": str(path)}
    values["sink.checkpoint"] = str(work / "checkpoint.duckdb")
    values["sink.fallback"] = None
    values["outputs"] = [{"parquet": str(work / "results.parquet")}]
    values.update(settings)
    return [part for path, value in values.items() for part in ("--set", f"{path}={json.dumps(value)}")]
