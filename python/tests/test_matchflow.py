"""The package on the sample of the repository, with the real command (MATCHFLOW_COMMAND, or the installed one)."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import matchflow
import pyarrow as pa
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture()
def sample(tmp_path):
    """A copy of the sample's pipelines, plug-ins next to them."""
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines", ignore=shutil.ignore_patterns("out"))
    shutil.copytree(ROOT / "plugins" / "dist", tmp_path / "plugins" / "dist")
    return tmp_path / "pipelines"


@pytest.fixture()
def suppliers():
    return pa.table(
        {
            "Auxiliaire": ["F1", "F2", "F3"],
            "Nom": ["Verdelune", "Brumelac", "Société dont personne n'a entendu parler"],
            "Ville": ["Dijon", "Bordeaux", "Paris"],
        }
    )



def test_a_run_of_a_pipeline_gives_its_results_in_the_order_of_the_file(sample):
    events = []
    results = matchflow.match(None, pipeline=sample / "suppliers.yaml", progress=events.append)
    assert len(results) == 2500
    assert results.counts == {"matched": 2094, "review": 15, "unmatched": 391, "failed": 0}
    assert results.table.column("row").to_pylist() == sorted(results.table.column("row").to_pylist())
    assert any(event["event"] == "progress" and event["done"] == 2500 for event in events)
    key = next(row["key"] for row in results.table.to_pylist() if row["outcome"] == "matched")
    explanation = results.explain(key)
    assert explanation.content["key"] == key
    assert sum(bits for _, bits in explanation.weights()) == pytest.approx(explanation.content["weight"], abs=0.1)
    for shown in (results, explanation):
        assert "<svg" in shown._repr_html_()
    assert "2,500 rows" in repr(results)


def test_every_kind_of_table_gives_the_same_results(sample):
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    frame = pd.read_excel(sample / "data" / "suppliers.xlsx", dtype=str, nrows=60)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    relation = duckdb.connect().from_arrow(arrow)
    tables = {"pandas": frame, "polars": pl.from_arrow(arrow), "pyarrow": arrow, "DuckDB": relation}
    results = {name: matchflow.match(table, pipeline=sample / "suppliers.yaml", progress=False) for name, table in tables.items()}
    expected = results["pyarrow"].table.to_pylist()
    assert len(expected) == 60
    for name, result in results.items():
        assert result.table.to_pylist() == expected, name
    assert results["pandas"].to_pandas().shape[0] == results["polars"].to_polars().shape[0] == 60


def test_without_a_pipeline_the_columns_are_recognized(sample):
    results = matchflow.match(sample / "data" / "suppliers.xlsx", registry=sample / "data" / "registry.parquet", progress=False)
    assert results.counts["matched"] > 1900


def test_tables_replace_the_files_of_a_pipeline(sample):
    import pyarrow.parquet as parquet

    registry = parquet.read_table(sample / "data" / "registry.parquet")
    results = matchflow.match(
        sample / "data" / "suppliers.xlsx",
        registry=registry,
        pipeline=sample / "suppliers.yaml",
        settings={"sink.batch_size": 500},
        progress=False,
    )
    assert results.counts["matched"] == 2094


def test_duplicates_are_shown_as_clusters(sample):
    found = matchflow.dedupe(sample / "data" / "suppliers.xlsx", progress=False)
    counts = found.counts
    assert 0 < counts["clusters"] < counts["rows"] == len(found)
    assert f"{counts['clusters']:,} clusters" in repr(found)
    assert "<svg" in found._repr_html_() and "same_as" in found._repr_html_()


def test_a_folder_keeps_what_is_done(sample, tmp_path):
    arguments = {"pipeline": sample / "suppliers.yaml", "folder": tmp_path / "kept", "progress": False}
    first = matchflow.match(None, settings={"execution.limit": 100}, **arguments)
    again = matchflow.match(None, **arguments)
    assert len(first) == 100 and len(again) == 2500
    assert (tmp_path / "kept" / "checkpoint.duckdb").exists()


def test_errors_carry_the_message_and_the_exit_code(sample, suppliers):
    with pytest.raises(matchflow.MatchflowError) as raised:
        matchflow.match(suppliers, pipeline=sample / "suppliers.yaml", progress=False)
    assert raised.value.exit_code != 0 and "Postal" in str(raised.value)
    with pytest.raises(TypeError, match="list is no table"):
        matchflow.match([1, 2], pipeline=sample / "suppliers.yaml")
    with pytest.raises(ValueError, match="registry"):
        matchflow.match(suppliers)


def test_calls_run_side_by_side(sample):
    results = {}

    def call(number):
        settings = {"execution.limit": 200}
        results[number] = matchflow.match(None, pipeline=sample / "suppliers.yaml", settings=settings, progress=False)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(results[number]) for number in range(3)] == [200, 200, 200]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupt_ends_the_run_and_keeps_what_is_committed(sample, tmp_path):
    folder = tmp_path / "kept"
    script = (
        "import matchflow, os, signal, sys\n"
        "def on_event(event):\n"
        "    if event['event'] == 'progress': os.kill(os.getpid(), signal.SIGINT)\n"
        f"matchflow.match(None, pipeline={str(sample / 'suppliers.yaml')!r}, folder={str(folder)!r}, progress=on_event,\n"
        "    settings={'sink.batch_size': 10, 'execution.in_flight': 10, 'execution.chunk': 10})\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode in (-signal.SIGINT, 130, 1) and "KeyboardInterrupt" in ended.stderr, ended.stderr
    kept = matchflow.match(None, pipeline=sample / "suppliers.yaml", folder=folder, progress=False)
    assert len(kept) == 2500
    assert any("done by earlier runs" in message and " 0 done" not in message for message in kept.messages), kept.messages
