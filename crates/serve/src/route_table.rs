//! The routes: the table used to dispatch requests and to generate the OpenAPI document.

use crate::problem::ProblemKind;

/// The action of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Match,
    Entry,
    Suggest,
    Reconcile,
    ReconcileForm,
    ReconcileProperties,
    ReconcilePreview,
    SuggestEntity,
    SuggestProperty,
    SuggestType,
    Draft,
    DraftMatch,
    DraftExtend,
    DraftProperties,
    DraftPreview,
    DraftSuggestEntity,
    DraftSuggestProperty,
    DraftSuggestType,
    Health,
    Ready,
    Metrics,
    OpenApi,
    Reload,
}

/// A query parameter of a route.
#[derive(Debug, Clone, Copy)]
pub struct QueryParameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The kind of its value.
    pub form: ParameterForm,
    /// Whether a request must have it.
    pub is_required: bool,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterForm {
    /// One of these words.
    Words(&'static [&'static str]),
    /// Any text.
    Text,
    /// A whole number.
    Number {
        /// The lowest.
        min: u32,
        /// The highest.
        max: u32,
    },
}

/// A route.
#[derive(Debug)]
pub struct Route<E: 'static> {
    /// Its method.
    pub method: &'static str,
    /// Its path; `{name}` matches any segment.
    pub path: &'static str,
    /// What it does.
    pub endpoint: E,
    /// The same in words.
    pub summary: &'static str,
    /// Its parameters.
    pub query: &'static [QueryParameter],
    /// Problems that it can return, in addition to those of every route.
    pub(crate) problems: &'static [ProblemKind],
    /// Whether it answers without a token.
    pub is_open: bool,
    /// Whether pages of other origins may use it.
    pub(crate) is_cross_origin: bool,
}

impl<E: Copy> Route<E> {
    /// A route that only reads.
    pub const fn get(path: &'static str, endpoint: E, summary: &'static str) -> Route<E> {
        let (query, problems): (&[QueryParameter], &[ProblemKind]) = (&[], &[]);
        Route { method: "GET", path, endpoint, summary, query, problems, is_open: false, is_cross_origin: false }
    }

    /// A route that is sent something.
    pub const fn post(path: &'static str, endpoint: E, summary: &'static str) -> Route<E> {
        Route { method: "POST", ..Route::get(path, endpoint, summary) }
    }

    /// Marks a route of the reconciliation API, which pages of other origins use.
    const fn cross_origin(self) -> Route<E> {
        Route { is_cross_origin: true, ..self }
    }

    /// The same without a token.
    #[must_use]
    pub const fn without_token(self) -> Route<E> {
        Route { is_open: true, ..self }
    }

    /// The same with these parameters.
    #[must_use]
    pub const fn with_query(self, query: &'static [QueryParameter]) -> Route<E> {
        Route { query, ..self }
    }

    const fn with_problems(self, problems: &'static [ProblemKind]) -> Route<E> {
        Route { problems, ..self }
    }
}

impl QueryParameter {
    /// A parameter that may be left out.
    pub const fn optional(name: &'static str, about: &'static str, form: ParameterForm) -> QueryParameter {
        QueryParameter { name, about, form, is_required: false }
    }

    /// A parameter that a request must have.
    pub const fn required(name: &'static str, about: &'static str, form: ParameterForm) -> QueryParameter {
        QueryParameter { name, about, form, is_required: true }
    }
}

const YES_NO: ParameterForm = ParameterForm::Words(&["true", "false"]);

/// Problems of matching rows.
const MATCHING: &[ProblemKind] = &[
    ProblemKind::UnknownPipeline,
    ProblemKind::TooLarge,
    ProblemKind::MediaType,
    ProblemKind::NotAcceptable,
    ProblemKind::Timeout,
    ProblemKind::Busy,
    ProblemKind::Internal,
    ProblemKind::Unavailable,
    ProblemKind::Deadline,
];
/// Problems of looking up something in a pipeline.
const LOOKUP: &[ProblemKind] = &[ProblemKind::UnknownPipeline, ProblemKind::Internal, ProblemKind::Unavailable];
const LOOKUP_BY_ID: &[ProblemKind] =
    &[ProblemKind::UnknownPipeline, ProblemKind::NotFound, ProblemKind::Internal, ProblemKind::Unavailable];

const MATCH_QUERY: &[QueryParameter] = &[
    QueryParameter::optional("evidence", "Adds the scores behind each decision.", YES_NO),
    QueryParameter::optional(
        "unknown",
        "What becomes of names that the pipeline does not read: `refuse` (the default) or `ignore`.",
        ParameterForm::Words(&["refuse", "ignore"]),
    ),
];
const SUGGEST_QUERY: &[QueryParameter] = &[
    QueryParameter::required(
        "q",
        "First letters of words of a name or a place, or first digits of an id.",
        ParameterForm::Text,
    ),
    QueryParameter::optional("limit", "Suggestions, at most.", ParameterForm::Number { min: 1, max: 50 }),
];
const QUERIES_QUERY: &[QueryParameter] = &[
    QueryParameter::optional(
        "queries",
        "A batch of queries, as JSON. Without it and `extend` the answer is the manifest.",
        ParameterForm::Text,
    ),
    QueryParameter::optional("extend", "A data extension query, as JSON.", ParameterForm::Text),
];
const PREFIX_QUERY: &[QueryParameter] = &[
    QueryParameter::required("prefix", "What was typed.", ParameterForm::Text),
    QueryParameter::optional(
        "cursor",
        "How many suggestions are left out at the beginning.",
        ParameterForm::Number { min: 0, max: 1_000 },
    ),
];
const DRAFT_PREFIX_QUERY: &[QueryParameter] = &[
    QueryParameter::required("prefix", "What was typed.", ParameterForm::Text),
    QueryParameter::optional("limit", "Suggestions, at most.", ParameterForm::Number { min: 1, max: 50 }),
    QueryParameter::optional(
        "offset",
        "How many suggestions are left out at the beginning.",
        ParameterForm::Number { min: 0, max: 1_000 },
    ),
];
const ID_QUERY: &[QueryParameter] =
    &[QueryParameter::required("id", "The id of an entry or a group.", ParameterForm::Text)];
const PROPERTIES_QUERY: &[QueryParameter] = &[
    QueryParameter::optional("type", "The type of the entries.", ParameterForm::Text),
    QueryParameter::optional("limit", "Properties, at most.", ParameterForm::Number { min: 1, max: 1_000 }),
];

/// Every route.
pub(crate) static ROUTES: &[Route<Endpoint>] = &[
    Route::post(
        "/v1/{pipeline}/match",
        Endpoint::Match,
        "Matches rows with the registry: the decision that a run would store for each.",
    )
    .with_query(MATCH_QUERY)
    .with_problems(MATCHING),
    Route::get("/v1/{pipeline}/entries/{id}", Endpoint::Entry, "An entry of the registry by its id.")
        .with_problems(LOOKUP_BY_ID),
    Route::get("/v1/{pipeline}/suggest", Endpoint::Suggest, "Entries of the registry as somebody types.")
        .with_query(SUGGEST_QUERY)
        .with_problems(LOOKUP),
    Route::get("/v1/{pipeline}/reconcile", Endpoint::Reconcile, "Reconciliation API 0.2: the manifest, or queries.")
        .with_query(QUERIES_QUERY)
        .with_problems(MATCHING)
        .cross_origin(),
    Route::post("/v1/{pipeline}/reconcile", Endpoint::ReconcileForm, "Reconciliation API 0.2: queries in a form.")
        .with_problems(MATCHING)
        .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/properties",
        Endpoint::ReconcileProperties,
        "Reconciliation API 0.2: fields of the registry for a data extension.",
    )
    .with_query(PROPERTIES_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get("/v1/{pipeline}/reconcile/preview", Endpoint::ReconcilePreview, "An entry or a group as a page (HTML).")
        .with_query(ID_QUERY)
        .with_problems(LOOKUP_BY_ID)
        .cross_origin(),
    Route::get("/v1/{pipeline}/reconcile/suggest/entity", Endpoint::SuggestEntity, "Reconciliation API 0.2: entries.")
        .with_query(PREFIX_QUERY)
        .with_problems(LOOKUP)
        .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/suggest/property",
        Endpoint::SuggestProperty,
        "Reconciliation API 0.2: properties.",
    )
    .with_query(PREFIX_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get("/v1/{pipeline}/reconcile/suggest/type", Endpoint::SuggestType, "Reconciliation API 0.2: types.")
        .with_query(PREFIX_QUERY)
        .with_problems(LOOKUP)
        .cross_origin(),
    Route::get("/v1/{pipeline}/reconcile/1.0", Endpoint::Draft, "Reconciliation API 1.0 (draft): the manifest.")
        .with_problems(LOOKUP)
        .cross_origin(),
    Route::post("/v1/{pipeline}/reconcile/1.0/match", Endpoint::DraftMatch, "Reconciliation API 1.0 (draft): queries.")
        .with_problems(MATCHING)
        .cross_origin(),
    Route::post(
        "/v1/{pipeline}/reconcile/1.0/extend",
        Endpoint::DraftExtend,
        "Reconciliation API 1.0 (draft): fields of entries.",
    )
    .with_problems(MATCHING)
    .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/1.0/extend/propose",
        Endpoint::DraftProperties,
        "Reconciliation API 1.0 (draft): fields of the registry for a data extension.",
    )
    .with_query(PROPERTIES_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get("/v1/{pipeline}/reconcile/1.0/preview", Endpoint::DraftPreview, "An entry or a group as a page (HTML).")
        .with_query(ID_QUERY)
        .with_problems(LOOKUP_BY_ID)
        .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/1.0/suggest/entity",
        Endpoint::DraftSuggestEntity,
        "Reconciliation API 1.0 (draft): entries.",
    )
    .with_query(DRAFT_PREFIX_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/1.0/suggest/property",
        Endpoint::DraftSuggestProperty,
        "Reconciliation API 1.0 (draft): properties.",
    )
    .with_query(DRAFT_PREFIX_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get(
        "/v1/{pipeline}/reconcile/1.0/suggest/type",
        Endpoint::DraftSuggestType,
        "Reconciliation API 1.0 (draft): types.",
    )
    .with_query(DRAFT_PREFIX_QUERY)
    .with_problems(LOOKUP)
    .cross_origin(),
    Route::get("/healthz", Endpoint::Health, "Whether the process works.").without_token(),
    Route::get(
        "/readyz",
        Endpoint::Ready,
        "Whether requests are answered: the pipelines are loaded, and the server is not being stopped.",
    )
    .with_problems(&[ProblemKind::Unavailable])
    .without_token(),
    Route::get("/metrics", Endpoint::Metrics, "Counters and histograms for Prometheus."),
    Route::get("/openapi.json", Endpoint::OpenApi, "This document.").without_token(),
    Route::post(
        "/-/reload",
        Endpoint::Reload,
        "Loads the pipelines, plug-ins and registries again; what cannot be loaded leaves those in use.",
    )
    .with_problems(&[ProblemKind::Reload, ProblemKind::Unavailable]),
];
