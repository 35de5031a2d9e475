//! The routes of the server, and the parameters of those that are about some rows.

use matchflow_serve::{ParameterForm, QueryParameter, Route};

/// The action of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReviewEndpoint {
    Page,
    Script,
    Style,
    Icon,
    Session,
    Queue,
    Row,
    Search,
    Verdict,
    Undo,
    BulkPreview,
    Bulk,
    Changes,
}

/// Parameters before those of the rows that a request is about.
pub(crate) const OWN_PARAMETERS: usize = 4;
/// Parameters that choose rows, in the order of the facets, then a text, then a key.
macro_rules! row_parameters {
    ($($more:expr),*) => {
        &[
            $($more,)*
            QueryParameter::optional("decision", "What was decided.", ParameterForm::Text),
            QueryParameter::optional("outcome", "The outcome.", ParameterForm::Text),
            QueryParameter::optional("score", "The band of the score.", ParameterForm::Text),
            QueryParameter::optional("margin", "The band of the margin.", ParameterForm::Text),
            QueryParameter::optional("reason", "What agrees or differs.", ParameterForm::Text),
            QueryParameter::optional("stage", "The stage.", ParameterForm::Text),
            QueryParameter::optional("state", "Open or closed.", ParameterForm::Text),
            QueryParameter::optional("town", "The town.", ParameterForm::Text),
            QueryParameter::optional("money", "The band of the amount.", ParameterForm::Text),
            QueryParameter::optional("by", "Who decided.", ParameterForm::Text),
            QueryParameter::optional("text", "Words of the row.", ParameterForm::Text),
            QueryParameter::optional("like", "The key of a row with the same name and postcode.", ParameterForm::Text),
        ]
    };
}

const ORDER: ParameterForm = ParameterForm::Words(&["uncertainty", "money", "stake", "file"]);
const PLACE: ParameterForm = ParameterForm::Number { min: 0, max: u32::MAX };
/// The parameters of routes about some rows; each has the same [`OWN_PARAMETERS`].
const ROWS: &[QueryParameter] = row_parameters!(
    QueryParameter::optional("order", "The order.", ORDER),
    QueryParameter::optional("offset", "Rows left out at the beginning.", PLACE),
    QueryParameter::optional("limit", "Rows, at most.", ParameterForm::Number { min: 1, max: 500 }),
    QueryParameter::optional("key", "The row that is displayed.", ParameterForm::Text)
);
const SEARCH: &[QueryParameter] = &[
    QueryParameter::required(
        "q",
        "First letters of words of a name or a place, or first digits of an id.",
        ParameterForm::Text,
    ),
    QueryParameter::optional("limit", "Entries, at most.", ParameterForm::Number { min: 1, max: 50 }),
];
const SINCE: &[QueryParameter] = &[QueryParameter::required("since", "The version that is known.", PLACE)];

/// Every route.
pub(crate) static ROUTES: &[Route<ReviewEndpoint>] = &[
    Route::get("/", ReviewEndpoint::Page, "The page.")
        .with_query(&[QueryParameter::optional("token", "The token.", ParameterForm::Text)])
        .without_token(),
    Route::get("/app.js", ReviewEndpoint::Script, "Its program.").without_token(),
    Route::get("/app.css", ReviewEndpoint::Style, "Its style.").without_token(),
    Route::get("/icon.svg", ReviewEndpoint::Icon, "Its icon.").without_token(),
    Route::get("/api/session", ReviewEndpoint::Session, "The texts, the pipeline, who decides."),
    Route::get("/api/queue", ReviewEndpoint::Queue, "Some rows, and the facets.").with_query(ROWS),
    Route::get("/api/rows/{key}", ReviewEndpoint::Row, "A row and its candidates.").with_query(ROWS),
    Route::get("/api/search", ReviewEndpoint::Search, "Entries of the registry.").with_query(SEARCH),
    Route::post("/api/verdicts", ReviewEndpoint::Verdict, "Stores a verdict.").with_query(ROWS),
    Route::post("/api/undo", ReviewEndpoint::Undo, "Undoes an act."),
    Route::get("/api/bulk", ReviewEndpoint::BulkPreview, "What a verdict on all of some rows would change.")
        .with_query(ROWS),
    Route::post("/api/bulk", ReviewEndpoint::Bulk, "Stores a verdict on all of some rows.").with_query(ROWS),
    Route::get("/api/changes", ReviewEndpoint::Changes, "The rows that were decided since.").with_query(SINCE),
];
