// The share of words that two texts have in common.

import { alternatives, scorer } from "./matchflow.js";

const words = (text) => new Set(text.split(" ").filter((word) => word !== ""));

function overlap(left, right) {
  const [one, other] = [words(left), words(right)];
  const common = [...one].filter((word) => other.has(word)).length;
  return (2 * common) / (one.size + other.size);
}

export const scoring = scorer({
  name: "word-overlap",
  version: "0.1.0",
  summary: "The share of words that two texts have in common",
  inputs: ["name"],

  // The score of a pair, 0 to 1, or null if a side has nothing to compare.
  // `left` and `right` have a text for each input, "" if it is missing.
  score(left, right, parameters) {
    const [ones, others] = [alternatives(left.name), alternatives(right.name)];
    const scores = ones.flatMap((one) => others.map((other) => overlap(one, other)));
    return scores.length === 0 ? null : Math.max(...scores);
  },

  // The evidence shown with the score: an object for each input. Optional.
  explain(left, right, parameters) {
    return { name: { left: left.name, right: right.name } };
  },
});
