"""Matches the rows of a table with the companies of a registry, and finds duplicates in it.

`match` takes whatever exports the Arrow C stream interface (pandas, polars, pyarrow, DuckDB relations) or the path of a file,
runs the command `matchflow` in a process of its own and returns the results as an Arrow table. The run commits as it goes: given
a `folder`, an interrupted call continues where it stopped.

**Limits.** The command reads the table from a Parquet file in the run's folder: a table needs that much disk. Calls may run side
by side in threads; each waits without the interpreter's lock.
"""

from ._command import MatchflowError, find_command
from ._match import dedupe, match
from ._results import Explanation, Results

__all__ = ["Explanation", "MatchflowError", "Results", "dedupe", "find_command", "match"]
