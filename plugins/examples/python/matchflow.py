"""Turns a function that scores one pair into a matchflow scorer. Part of the plug-in; nothing to install.

A scorer is called with text columns in Arrow's layout. Here they become rows: a dict with a text for each input.
"""

import json

from componentize_py_types import Err
from wit_world.exports.scoring import Description, Input, Scores, Texts

NO_PARAMETERS = {"type": "object", "properties": {}, "additionalProperties": False}


def alternatives(cell):
    """The values of a cell: usually one, several if the field has alternatives."""
    return [value for value in cell.split("\x1f") if value.strip()]


def scorer(name, version, summary, inputs, score, explain=None, parameters=NO_PARAMETERS, configure=None):
    """The class that the component exports.

    inputs: names, or (name, kind) if the text should be cleaned as `kind`.
    score(left, right, parameters): 0 to 1, or None.
    explain(left, right, parameters): a dict that says what led to a score.
    parameters: the JSON Schema of the parameters; configure(parameters) raises ValueError for what it cannot show.
    """
    inputs = [(one, "text") if isinstance(one, str) else one for one in inputs]
    names = [one for one, _ in inputs]

    class Scoring:
        parameters = {}

        def describe(self):
            wanted = [Input(one, kind, True, False) for one, kind in inputs]
            return Description(name, version, summary, wanted, json.dumps(parameters))

        def configure(self, text):
            try:
                given = json.loads(text)
                if configure is not None:
                    configure(given)
            except ValueError as error:
                raise Err(str(error)) from error
            Scoring.parameters = given

        def score(self, left, right, left_index, right_index, wants_evidence):
            left, right = _rows(names, left), _rows(names, right)
            pairs = [(left[one], right[other]) for one, other in zip(left_index, right_index)]
            found = [score(one, other, Scoring.parameters) for one, other in pairs]
            values = [0.0 if value is None else float(value) for value in found]
            compared = bytes(value is not None for value in found) if None in found else b""
            evidence = None
            if wants_evidence and explain is not None:
                told = zip(pairs, found)
                evidence = _texts("" if value is None else _told(explain, pair) for pair, value in told)
            return Scores(values, compared, evidence, [])

    def _told(explain, pair):
        return json.dumps(explain(*pair, Scoring.parameters), ensure_ascii=False, separators=(",", ":"))

    return Scoring


def _rows(names, columns):
    columns = [_values(column) for column in columns]
    return [dict(zip(names, row)) for row in zip(*columns)]


def _values(column):
    offsets, data, valid = column.offsets, bytes(column.data), column.valid
    texts = [data[start:end].decode() for start, end in zip(offsets, offsets[1:])]
    return [text if not valid or valid[at] else "" for at, text in enumerate(texts)]


def _texts(values):
    offsets, data = [0], bytearray()
    for value in values:
        data += value.encode()
        offsets.append(len(data))
    return Texts(offsets, bytes(data))
