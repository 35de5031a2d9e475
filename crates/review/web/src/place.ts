// Where the reviewer is: filters, order and row, in the part of the address after `#`, so that a reload, a bookmark or a
// restarted server lead back to it.

export interface Place {
  /** By facet: the values that rows may have. */
  filters: Record<string, string[]>;
  text: string;
  /** The key of a row with the same name and postcode. */
  like: string;
  order: string;
  key: string | null;
}

const START = "decision=undecided&outcome=review";

export function readPlace(facets: string[], orders: string[]): Place {
  const hash = location.hash.slice(1);
  const query = new URLSearchParams(hash || START);
  const filters: Record<string, string[]> = {};
  for (const facet of facets) {
    const values = (query.get(facet) ?? "").split("|").filter((value) => value);
    if (values.length) filters[facet] = values;
  }
  const order = query.get("order") ?? "";
  return {
    filters,
    text: query.get("text") ?? "",
    like: query.get("like") ?? "",
    order: orders.includes(order) ? order : (orders[0] ?? "file"),
    key: query.get("row"),
  };
}

/** The parameters of requests about the rows of a place. */
export function queryOf(place: Place): URLSearchParams {
  const query = new URLSearchParams({ order: place.order });
  for (const [facet, values] of Object.entries(place.filters)) query.set(facet, values.join("|"));
  if (place.text) query.set("text", place.text);
  if (place.like) query.set("like", place.like);
  return query;
}

export function writePlace(place: Place): void {
  const query = queryOf(place);
  if (place.key) query.set("row", place.key);
  history.replaceState(null, "", `${location.pathname}#${query}`);
}
