// Asks a service which candidate a row is.

import { decode, encode } from "./matchflow.js";

const parameters = {
  type: "object",
  properties: { url: { type: "string", description: "Where the service is: https://host/path" } },
  required: ["url"],
  additionalProperties: false,
};

let url = "";

export const arbitration = {
  describe: () => ({
    name: "ask-service",
    version: "0.1.0",
    summary: "Asks a service which candidate a row is",
    rowFields: [],
    entryFields: [],
    parameters: JSON.stringify(parameters),
    hosts: [],
  }),

  // Returns the hosts and secrets that it requires; the pipeline must allow them.
  configure(text) {
    url = JSON.parse(text).url;
    const host = /^https?:\/\/([^/?#]+)/.exec(url)?.[1];
    if (!host) throw `\`url\` must be like \`https://host/path\`, not \`${url}\``;
    return { hosts: [host], secrets: [] };
  },

  // One request per row.
  plan(rows) {
    const request = (row, number) => ({
      rows: Uint32Array.of(number),
      method: "POST",
      url,
      headers: [{ name: "content-type", value: "application/json" }],
      body: encode(JSON.stringify(question(row))),
    });
    return { decisions: [], requests: rows.map(request) };
  },

  // `exchanges` are all requests so far with their answers. To send more requests, return them here.
  fold(rows, exchanges) {
    const decisions = exchanges.flatMap(({ request, response }) => {
      const answer = read(decode(response.body));
      const decide = (row) => ({
        row,
        verdict: verdict(answer, rows[row]),
        confidence: 1,
        reason: String(answer.reason ?? ""),
      });
      return Array.from(request.rows, decide);
    });
    return { decisions, requests: [] };
  },
};

const fields = (of) => Object.fromEntries(of.fields.map(({ name, value }) => [name, value]));

const question = (row) => ({
  row: fields(row),
  candidates: row.candidates.map((candidate) => ({ ...fields(candidate), id: candidate.id })),
});

// Parses an answer; an unreadable one is empty.
function read(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// A useless answer leaves the row unchanged.
function verdict(answer, row) {
  if (answer.id === null) return { tag: "none" };
  const place = row.candidates.findIndex((candidate) => candidate.id === answer.id);
  return place < 0 ? { tag: "abstain" } : { tag: "candidate", val: place };
}
