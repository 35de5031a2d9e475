//! What each route does with a request.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use matchflow_labels::{Words, review_page};
use matchflow_model::plan::FieldType;
use matchflow_serve::{FoundRoute, PageAnswer, PageRequest, Problem, RegistryEntry, suggest};
use serde_json::{Value, json};

use crate::assets;
use crate::bulk_requests::{bulk, bulk_preview};
use crate::error::failed;
use crate::facet::{Facet, FacetCounts, RowFilter};
use crate::queue::{ChosenRows, row_in_short};
use crate::review_state::ReviewState;
use crate::routes::ReviewEndpoint;
use crate::row_order::RowOrder;
use crate::row_view::row_json;
use crate::verdict_requests::{undo, verdict};

/// Rows of a page of the queue without a limit.
const LIMIT_DEFAULT: usize = 50;
/// Rows whose results are read before they are displayed.
const READ_AHEAD: usize = 40;
/// Entries that a search lists without a limit.
const ENTRIES_DEFAULT: usize = 12;

/// The page: with the token in its address, or the cookie of an earlier one.
pub(crate) fn page(
    state: &ReviewState,
    request: &PageRequest,
    token: Option<&str>,
    address: SocketAddr,
) -> Result<PageAnswer, Problem> {
    let words = state.words(request);
    if token.is_some_and(|token| state.guard.has(token)) {
        return Ok(assets::page(&words, vec![("set-cookie", state.guard.cookie(address))]));
    }
    state.guard.check_token(request, address)?;
    Ok(assets::page(&words, Vec::new()))
}

/// Answers a request that was admitted.
pub(crate) fn handle(
    state: &Arc<ReviewState>,
    found: &FoundRoute<ReviewEndpoint>,
    request: &PageRequest,
    values: &[Option<String>],
) -> Result<PageAnswer, Problem> {
    let words = state.words(request);
    let segment = found.segments.first().map(String::as_str).unwrap_or_default();
    let answer = match found.route.endpoint {
        ReviewEndpoint::Page => Value::Null,
        ReviewEndpoint::Script => return Ok(assets::script()),
        ReviewEndpoint::Style => return Ok(assets::style()),
        ReviewEndpoint::Icon => return Ok(assets::icon()),
        ReviewEndpoint::Session => session(state, &words),
        ReviewEndpoint::Queue => queue(state, values, &words)?,
        ReviewEndpoint::Row => row(state, segment, values, &words)?,
        ReviewEndpoint::Search => search(state, values)?,
        ReviewEndpoint::Verdict => verdict(state, &request.body, values, &words)?,
        ReviewEndpoint::Undo => undo(state, &request.body, &words)?,
        ReviewEndpoint::BulkPreview => bulk_preview(state, values, &words)?,
        ReviewEndpoint::Bulk => bulk(state, &request.body, values)?,
        ReviewEndpoint::Changes => changes(state, values, &words)?,
    };
    Ok(json_answer(&answer))
}

fn json_answer(value: &Value) -> PageAnswer {
    let headers = vec![("content-type", "application/json".to_owned())];
    PageAnswer { headers, body: Cow::Owned(value.to_string().into_bytes()) }
}

/// What the page needs once.
fn session(state: &ReviewState, words: &Words) -> Value {
    let texts = review_page::ALL.iter().map(|(name, label)| ((*name).to_owned(), Value::from(words.text(*label))));
    let has_money = state.plan.report.amount.is_some();
    let orders = RowOrder::ALL.into_iter().filter(|(order, _)| has_money || !order.needs_money());
    let dates = state.plan.source.fields.iter().filter(|field| field.data_type == FieldType::Date);
    json!({
        "texts": texts.collect::<serde_json::Map<_, _>>(),
        "language": words.language.code(),
        "pipeline": state.plan.name,
        "reviewer": state.reviewer,
        "id": words.id,
        "group": words.group,
        "page": state.plan.report.page,
        "orders": orders.map(|(_, name)| name).collect::<Vec<_>>(),
        "facets": Facet::ALL.map(|(_, name)| name),
        "money": has_money,
        "dates": dates.map(|field| field.name.as_str()).collect::<Vec<_>>(),
        "rows": state.list.rows.len(),
        "searchable": state.registry.get().is_some_and(Result::is_ok),
    })
}

/// A page of the queue with its facets.
fn queue(state: &ReviewState, values: &[Option<String>], words: &Words) -> Result<Value, Problem> {
    let mut board = state.board.lock();
    board.refresh(&state.list).map_err(|error| failed(&error))?;
    let chosen = ChosenRows::read(state, &board, values)?;
    let counts = FacetCounts::new(&state.list, &board.statuses, &chosen.filter);
    let facets = counts.to_json(&state.list, &board.people, &chosen.filter, words);
    let limit = chosen.limit.unwrap_or(LIMIT_DEFAULT);
    // Without an offset, the page that the row is on.
    let place = chosen.key.as_deref().and_then(|key| state.list.find(key)).map(|row| chosen.place(state, &board, row));
    let offset = chosen.offset.or_else(|| place.map(|(place, _)| place / limit * limit)).unwrap_or_default();
    let rows = chosen.rows(state, &board).skip(offset).take(limit);
    let rows: Vec<Value> = rows.map(|number| row_in_short(state, &board, number, words)).collect();
    Ok(json!({
        "version": board.version,
        "rows": rows,
        "total": counts.rows,
        "undecided": counts.undecided,
        "offset": offset,
        "place": place.filter(|(_, is_among)| *is_among).map(|(place, _)| place),
        "facets": facets,
    }))
}

/// A row; `next` and `previous` among the chosen rows, and the next one that nobody has decided.
fn row(state: &Arc<ReviewState>, key: &str, values: &[Option<String>], words: &Words) -> Result<Value, Problem> {
    let (number, listed) = state.row(key)?;
    let result = state.result(number)?;
    let mut board = state.board.lock();
    board.refresh(&state.list).map_err(|error| failed(&error))?;
    let chosen = ChosenRows::read(state, &board, values)?;
    let decision = board.decision(&listed.key, listed.digest);
    let key_of =
        |number: Option<usize>| number.and_then(|number| state.list.rows.get(number)).map(|row| row.key.clone());
    let (previous, next) = chosen.neighbours(state, &board, number);
    let undecided = chosen.next_undecided(state, &board, number);
    let ahead: Vec<usize> = chosen.rows_after(state, &board, number).take(READ_AHEAD).collect();
    state.read_ahead(&ahead);
    let alike = RowFilter::undecided_like(listed).map_or(0, |filter| {
        let rows = state.list.rows.iter().zip(&board.statuses).enumerate();
        rows.filter(|(other, (row, status))| *other != number && filter.admits(row, status)).count()
    });
    let version = board.version;
    drop(board);
    let mut json = row_json(state, &result, decision.as_ref(), words).map_err(|error| failed(&error))?;
    if let Some(json) = json.as_object_mut() {
        json.insert("previous".to_owned(), json!(key_of(previous)));
        json.insert("next".to_owned(), json!(key_of(next)));
        json.insert("next_undecided".to_owned(), json!(key_of(undecided)));
        json.insert("alike".to_owned(), alike.into());
        json.insert("amount".to_owned(), json!(listed.amount));
        json.insert("version".to_owned(), version.into());
    }
    Ok(json)
}

/// Entries of the registry, as one types.
fn search(state: &ReviewState, values: &[Option<String>]) -> Result<Value, Problem> {
    let value = |place: usize| values.get(place).and_then(Option::as_deref);
    let limit = value(1).and_then(|limit| limit.parse().ok()).unwrap_or(ENTRIES_DEFAULT);
    let found = suggest(state.registry()?, value(0).unwrap_or_default(), limit)?;
    let entry = |entry: &RegistryEntry| json!({ "id": entry.id, "group": entry.group, "closed": entry.is_closed, "fields": entry.fields });
    Ok(json!({ "entries": found.iter().map(entry).collect::<Vec<_>>() }))
}

/// What was decided since a version, in this window or another.
fn changes(state: &ReviewState, values: &[Option<String>], words: &Words) -> Result<Value, Problem> {
    let since = values.first().and_then(Option::as_deref).and_then(|since| since.parse().ok()).unwrap_or_default();
    let mut board = state.board.lock();
    board.refresh(&state.list).map_err(|error| failed(&error))?;
    let rows = board.changes_since(since).map(|rows| {
        rows.into_iter().map(|number| row_in_short(state, &board, number as usize, words)).collect::<Vec<_>>()
    });
    Ok(json!({
        "version": board.version,
        "rows": rows,
        "outdated": state.is_outdated(),
        "searchable": state.registry.get().is_some_and(Result::is_ok),
    }))
}
