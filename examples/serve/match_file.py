"""Matches a CSV file through a matchflow server: python3 match_file.py SERVER PIPELINE IN.csv OUT.csv

The output has the columns of the input, then the result of each row. Standard library only. A token, where the server
wants one, comes from the environment variable MATCHFLOW_TOKEN.
"""
import csv, json, os, sys, time, urllib.error, urllib.request

ROWS_PER_REQUEST = 1_000  # the server's default limit
RESULT_COLUMNS = ["outcome", "id", "group", "score", "reason"]


def match(server, pipeline, rows):
    """The results of some rows, in their order."""
    url = f"{server}/v1/{pipeline}/match?unknown=ignore"
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("MATCHFLOW_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps({"rows": rows}).encode(), headers)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["results"]
        except urllib.error.HTTPError as error:
            if error.code != 429:  # the queue is full: try again when the server says
                sys.exit(f"{error.code}: {json.load(error)['detail']}")
            time.sleep(float(error.headers["Retry-After"]))


server, pipeline, source, target = sys.argv[1:]
with open(source, newline="", encoding="utf-8-sig") as lines, open(target, "w", newline="", encoding="utf-8") as out:
    reader = csv.DictReader(lines)
    rows = list(reader)
    writer = csv.DictWriter(out, reader.fieldnames + [f"matchflow_{name}" for name in RESULT_COLUMNS])
    writer.writeheader()
    for start in range(0, len(rows), ROWS_PER_REQUEST):
        batch = rows[start : start + ROWS_PER_REQUEST]
        for row, result in zip(batch, match(server, pipeline, batch), strict=True):
            writer.writerow(row | {f"matchflow_{name}": result[name] for name in RESULT_COLUMNS})
