//! Faults in the output of a plug-in.

use crate::message::messages;

messages! {
    /// A fault in what a plug-in returned; rows and pairs are counted from 0, as in the plug-in.
    pub enum OutputProblem {
        /// A value that violates the interface: an engine's message.
        Unreadable("unreadable") { detail: String } => "an unreadable value: {detail}", "une valeur illisible\u{a0}: {detail}";
        /// The number of scores differs from the number of pairs.
        ScoreCount("score_count") { scores: u64, pairs: u64 } =>
            "{scores|score|scores} for {pairs|pair|pairs}", "{scores|score|scores} pour {pairs|paire|paires}";
        /// The number of `compared` flags differs from the number of pairs.
        ComparedCount("compared_count") { flags: u64, pairs: u64 } =>
            "{flags|flag|flags} in `compared` for {pairs|pair|pairs}", "{flags|indicateur|indicateurs} dans `compared` pour {pairs|paire|paires}";
        /// An invalid score.
        ScoreRange("score_range") { score: String, pair: u64 } =>
            "{score} as the score of pair {pair}, which must be between 0 and 1",
            "{score} comme score de la paire {pair}, attendu entre 0 et 1";
        /// The number of information values differs from the number of pairs.
        InformationCount("information_count") { values: u64, pairs: u64 } =>
            "{values} numbers of information for {pairs|pair|pairs}",
            "{values} valeurs d’information pour {pairs|paire|paires}";
        /// Information that is not a number of at least 0.
        InformationRange("information_range") { pair: u64 } =>
            "information of pair {pair} that is negative or not a number",
            "une information négative ou qui n’est pas un nombre pour la paire {pair}";
        /// The number of offsets does not fit the evidence.
        EvidenceCount("evidence_count") { offsets: u64, pairs: u64 } =>
            "evidence with {offsets|offset|offsets} for {pairs|pair|pairs}",
            "des explications avec {offsets|position|positions} pour {pairs|paire|paires}";
        /// Evidence outside its data.
        EvidenceRange("evidence_range") { pair: u64, start: u64, end: u64 } =>
            "evidence of pair {pair} at offsets {start} to {end} outside its data",
            "une explication de la paire {pair} aux positions {start} à {end}, hors de ses données";
        /// Evidence that is not UTF-8.
        EvidenceEncoding("evidence_encoding") { pair: u64 } =>
            "evidence of pair {pair} that is not UTF-8", "une explication de la paire {pair} qui n’est pas en UTF-8";
        /// An arbiter's needs beyond the limit.
        NeedsCount("needs_count") { max: u64 } =>
            "needs with more than {max} hosts or secrets", "plus de {max} hôtes ou secrets requis";
        /// A decision on a row that does not exist.
        DecisionRow("decision_row") { row: u64, rows: u64 } => "a decision on row {row} of {rows}", "une décision sur la ligne {row} de {rows}";
        /// Two decisions on a row.
        DecisionTwice("decision_twice") { row: u64 } => "two decisions on row {row}", "deux décisions sur la ligne {row}";
        /// A candidate that the row does not have.
        DecisionCandidate("decision_candidate") { candidate: u64, row: u64, candidates: u64 } =>
            "candidate {candidate} of row {row}, which has {candidates}",
            "le candidat {candidate} de la ligne {row}, qui en a {candidates}";
        /// An invalid confidence.
        ConfidenceRange("confidence_range") { confidence: String } =>
            "{confidence} as a confidence, which must be between 0 and 1", "une confiance de {confidence}, attendue entre 0 et 1";
        /// Too many requests for the rows.
        RequestCount("request_count") { requests: u64, rows: u64, max: u64 } =>
            "{requests|request|requests} for {rows|row|rows}; at most {max} a row",
            "{requests|requête|requêtes} pour {rows|ligne|lignes}\u{a0}; {max} au plus par ligne";
        /// Requests whose total size is too large.
        RequestSize("request_size") { bytes: u64, bytes_max: u64 } =>
            "requests of {bytes|byte|bytes}; at most {bytes_max}", "des requêtes de {bytes|octet|octets}\u{a0}; {bytes_max} au plus";
        /// A request without rows.
        RequestWithoutRows("request_without_rows") => "a request without rows", "une requête sans ligne";
        /// A request about a row that does not exist.
        RequestRow("request_row") { row: u64, rows: u64 } => "a request about row {row} of {rows}", "une requête sur la ligne {row} de {rows}";
        /// A request about a row that is already decided.
        RequestDecided("request_decided") { row: u64 } =>
            "both a decision on row {row} and a request about it", "à la fois une décision sur la ligne {row} et une requête sur elle";
    }
}
