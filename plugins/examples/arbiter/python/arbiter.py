"""Asks a service which candidate a row is."""

import json
from urllib.parse import urlsplit

from componentize_py_types import Err
from wit_world.exports.arbitration import (
    Decision, Description, Header, Needs, Request, Step, Verdict_Abstain, Verdict_Candidate, Verdict_None_,
)

PARAMETERS = {
    "type": "object",
    "properties": {"url": {"type": "string", "description": "Where the service is: https://host/path"}},
    "required": ["url"],
    "additionalProperties": False,
}


class Arbitration:
    url = ""

    def describe(self):
        return Description(
            name="ask-service",
            version="0.1.0",
            summary="Asks a service which candidate a row is",
            row_fields=[],
            entry_fields=[],
            parameters=json.dumps(PARAMETERS),
            hosts=[],
        )

    def configure(self, parameters):
        """Returns the hosts and secrets that it requires; the pipeline must allow them."""
        url = json.loads(parameters)["url"]
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise Err(f"`url` must be like `https://host/path`, not `{url}`")
        Arbitration.url = url
        return Needs(hosts=[urlsplit(url).netloc], secrets=[])

    def plan(self, rows):
        """One request per row."""
        return Step(decisions=[], requests=[request(number, row) for number, row in enumerate(rows)])

    def fold(self, rows, exchanges):
        """`exchanges` are all requests so far with their answers. To send more requests, return them here."""
        decisions = []
        for exchange in exchanges:
            answer = read(exchange.response.body)
            reason = str(answer.get("reason", ""))
            for number in exchange.request.rows:
                decisions.append(Decision(number, verdict(answer, rows[number]), 1.0, reason))
        return Step(decisions, requests=[])


def request(number, row):
    candidates = [{**fields(one), "id": one.id} for one in row.candidates]
    body = json.dumps({"row": fields(row), "candidates": candidates}, ensure_ascii=False).encode()
    headers = [Header("content-type", "application/json")]
    return Request([number], "POST", Arbitration.url, headers, body)


def fields(of):
    return {field.name: field.value for field in of.fields}


def read(body):
    """Parses an answer; an unreadable one is empty."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def verdict(answer, row):
    """A useless answer leaves the row unchanged."""
    ids = [candidate.id for candidate in row.candidates]
    if "id" not in answer:
        return Verdict_Abstain()
    if answer["id"] is None:
        return Verdict_None_()
    return Verdict_Candidate(ids.index(answer["id"])) if answer["id"] in ids else Verdict_Abstain()
