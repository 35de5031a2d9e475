//! Why a stage failed on a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use crate::columns::value;
use crate::message::{messages, stored_messages};
use crate::plugin_output::OutputProblem;
use crate::request_failure::RequestFailure;
use crate::result_table::{ColumnValue, Content};

messages! {
    /// The error of a stage on one row.
    pub enum RowError {
        /// The text in a checkpoint from before layout 8.
        Text("text") { text: String } => "{text}", "{text}";
        /// A scorer failed.
        Scorer("scorer") { scorer: String, error: Box<RowError> } =>
            "scorer `{scorer}`: {error}", "comparateur «\u{a0}{scorer}\u{a0}»\u{a0}: {error}";
        /// An arbiter failed.
        Arbiter("arbiter") { arbiter: String, error: Box<RowError> } =>
            "arbiter `{arbiter}`: {error}", "arbitre «\u{a0}{arbiter}\u{a0}»\u{a0}: {error}";
        /// The plug-in timed out too often.
        TimeoutsMax("timeouts_max") { timeouts: u64 } =>
            "was not called: it had run out of time {timeouts|time|times} in this batch of rows, which is the limit; `matchflow run --retry-errors` tries these rows again",
            "non appelé\u{a0}: délai dépassé {timeouts} fois dans ce lot de lignes, la limite\u{a0}; `matchflow run --retry-errors` reprend ces lignes";
        /// The plug-in crashed: the engine's message.
        PluginCrashed("plugin_crashed") { plugin: String, detail: String } =>
            "plug-in {plugin} crashed: {detail}", "le module {plugin} a planté\u{a0}: {detail}";
        /// The call timed out.
        PluginTimeout("plugin_timeout") { plugin: String, timeout_ms: u64 } =>
            "plug-in {plugin} did not finish within {timeout_ms} ms", "le module {plugin} n’a pas terminé en {timeout_ms} ms";
        /// The call exceeded its memory limit.
        PluginMemory("plugin_memory") { plugin: String, bytes_max: u64 } =>
            "plug-in {plugin} needs more than the {bytes_max|byte|bytes} of memory that are allowed",
            "le module {plugin} demande plus que les {bytes_max|octet|octets} de mémoire autorisés";
        /// The instance exceeded its limit on tables.
        PluginTables("plugin_tables") { plugin: String, elements_max: u64 } =>
            "plug-in {plugin} needs tables of more than {elements_max|element|elements}",
            "le module {plugin} demande des tables de plus de {elements_max|élément|éléments}";
        /// The call's result exceeded its size limit.
        PluginOutputSize("plugin_output_size") { plugin: String, bytes_max: u64 } =>
            "plug-in {plugin} returned more than the {bytes_max|byte|bytes} that are allowed",
            "le module {plugin} a renvoyé plus que les {bytes_max|octet|octets} autorisés";
        /// All instances are in use: the engine's message.
        PluginInstances("plugin_instances") { plugin: String, detail: String } =>
            "plug-in {plugin}: all instances are in use: {detail}", "module {plugin}\u{a0}: toutes les instances sont occupées\u{a0}: {detail}";
        /// The plug-in returned an error, in its own words.
        PluginRejected("plugin_rejected") { plugin: String, subject: String, message: String } =>
            "plug-in {plugin} rejects its {subject}: {message}", "le module {plugin} refuse son entrée `{subject}`\u{a0}: {message}";
        /// The plug-in returned an invalid value.
        PluginOutput("plugin_output") { plugin: String, problem: OutputProblem } =>
            "plug-in {plugin} returned {problem}", "le module {plugin} a renvoyé {problem}";
        /// The plug-in cannot be used: the host's message.
        PluginUnusable("plugin_unusable") { detail: String } =>
            "the plug-in cannot be used: {detail}", "module inutilisable\u{a0}: {detail}";
        /// The plug-in scored a pair but could not explain its score.
        NoExplanation("no_explanation") { error: Box<RowError> } =>
            "it could not explain its score: {error}", "explication du score impossible\u{a0}: {error}";
        /// The plug-in is no longer asked for explanations.
        ExplanationSkipped("explanation_skipped") =>
            "it was not asked to explain its score: it took too long over another one",
            "explication du score non demandée\u{a0}: le délai a été dépassé pour une autre";
        /// An arbiter does not stop sending requests.
        ArbiterRounds("arbiter_rounds") { rounds: u64 } =>
            "it still sends requests after {rounds|round|rounds}", "il envoie encore des requêtes après {rounds|tour|tours}";
        /// A request of an arbiter has no answer.
        Request("request") { host: String, cause: Box<RequestFailure>, tries: u64 } =>
            "<{host}: >{cause}< ({tries|try|tries})>", "<{host}\u{a0}: >{cause}< ({tries|tentative|tentatives})>";
    }
}

stored_messages!(RowError);

impl ColumnValue for Option<RowError> {
    const CONTENT: Content = Content::Error;
    const NULLABLE: bool = true;
    type Array = StringArray;

    fn column<'a>(values: impl Iterator<Item = &'a Option<RowError>>) -> ArrayRef {
        Arc::new(values.map(|value| value.as_ref().map(RowError::to_json)).collect::<StringArray>())
    }

    fn read(array: &StringArray, row: usize) -> Option<RowError> {
        value(array, row).map(RowError::from_json)
    }

    fn parse(cell: Option<&str>) -> Result<Option<RowError>, &'static str> {
        Ok(cell.map(RowError::from_json))
    }
}

/// Reads a [`RowError`] in a reason, where layouts before 8 have a text.
pub(crate) fn error_or_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<RowError, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum ErrorOrText {
        Error(RowError),
        Text(String),
    }
    Ok(match <ErrorOrText as serde::Deserialize>::deserialize(deserializer)? {
        ErrorOrText::Error(error) => error,
        ErrorOrText::Text(text) => RowError::Text { text },
    })
}
