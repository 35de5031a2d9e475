//! `stages`.

use matchflow_model::plan::{Cleaner, OnFailure};

use super::Arbitrate;
use crate::decode::{
    Brief, Entries, Json, Millis, OneOrMany, PairList, Path, Share, Size, Weight, Whole, record, words,
};

record! {
    /// One stage.
    Stage {
        /// Cleans fields of both sides, in order: `field: cleaner`, or `new field: {from: [fields], as: cleaner}`.
        Either clean: Entries<Clean>,
        /// Finds registry entries that may be the row's.
        Either candidates: Candidates,
        /// Scores the candidates with plug-ins; a candidate's score is their weighted mean.
        Either score: Entries<Scorer>,
        /// Accepts the best candidate, sends it to review, or leaves the row to the stages that follow.
        Either decide: Decide,
        /// Asks a remote end about the rows that the last `decide` leaves for review.
        Either arbitrate: Arbitrate,
    }
}

/// What cleans a field: a cleaner, or the fields it is made from and a cleaner.
pub(crate) type Clean = Brief<Cleaner, CleanFrom>;

record! {
    /// A field made from others.
    CleanFrom {
        /// The fields read.
        Required from: OneOrMany<String>,
        /// The cleaner.
        Required r#as: Cleaner,
        /// `first`, or `all`: whatever the fields read give, as alternatives of which the closest counts
        /// (a company's names and the person behind it). Default: first.
        Optional keep: Inputs,
        /// A field of towns, cleaned before: its town is taken from the end of what the cleaner gives (`DUPONT LYON`,
        /// `DUPONT AGENCE DE LYON`), where a name is left.
        Optional without: String,
    }
}

/// Which of the fields read count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inputs {
    First,
    All,
}

words!(Inputs, "a choice of fields" {
    "first" => Inputs::First,
    "all" => Inputs::All,
});

words!(Cleaner, "a cleaner" {
    "text" => Cleaner::Text,
    "company_name" => Cleaner::CompanyName,
    "person_name" => Cleaner::PersonName,
    "address" => Cleaner::Address,
    "postcode" => Cleaner::Postcode,
    "town" => Cleaner::Town,
    "country" => Cleaner::Country,
    "siren" => Cleaner::Siren,
    "siret" => Cleaner::Siret,
    "vat_country" => Cleaner::VatCountry,
    "place_country" => Cleaner::PlaceCountry,
    "vat" => Cleaner::Vat,
    "iban" => Cleaner::Iban,
});

record! {
    /// A search for candidates.
    Candidates {
        /// The stage's name in results. Default: the kind of search in capitals.
        Optional label: String,
        /// `always`, or `no_candidates`: only for rows that have no candidate yet. Default: always.
        Optional when: When,
        /// Candidates kept for a row over all stages, at most. Default: 50.
        Optional keep: Whole<1, 100_000>,
        /// Entries with the same value: `supplier field: registry field`, tried in order. `_id` and `_group` are the
        /// entry's id and group.
        Either exact: Exact,
        /// Entries of the same block whose name is close.
        Either local: Local,
        /// Entries whose names share rare words, or words that nearly match.
        Either broad: Broad,
    }
}

/// For which rows a search is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    NoCandidates,
}

words!(When, "a condition" {
    "always" => When::Always,
    "no_candidates" => When::NoCandidates,
});

/// Keys tried in order.
pub(crate) type Exact = PairList;

record! {
    /// A search in a block.
    Local {
        /// The keys that make the block, tried in order: the first that the row has counts. A key is a field or made of
        /// several: `postcode[0:2]`.
        Required block: PairList,
        /// The names compared.
        Required name: PairList,
        /// Edits at most. Default: 3.
        Optional distance: Whole<0, 8>,
    }
}

record! {
    /// A search by words.
    Broad {
        /// The names compared.
        Required name: PairList,
        /// Fields that bring an entry forward among equals, where they agree.
        Optional prefer: PairList,
        /// Groups kept for a row. Default: 20.
        Optional top: Whole<1, 1_000>,
        /// Entries kept of each group. Default: 3.
        Optional per_group: Whole<1, 100>,
    }
}

record! {
    /// A plug-in that compares fields.
    Scorer {
        /// The WASM component, relative to the pipeline file.
        Required plugin: Path,
        /// The fields compared, in the order of the plug-in's inputs: `field`, or `supplier field: registry field`.
        Required compare: PairList,
        /// Its share in the mean. Default: 1.
        Optional weight: Weight,
        /// Its parameters; `matchflow plan` names the plug-in.
        Optional parameters: Json,
        /// A batch that takes longer fails. Default: 5s.
        Optional timeout: Millis,
        /// Memory of one instance, at most. Default: 64MiB.
        Optional memory: Size,
        /// What one batch may give back, its explanations included. Default: 16MiB.
        Optional output: Size,
        /// What becomes of rows that it fails on: `fail-rows` (they are `failed`, the others go on), `skip-plugin` (they
        /// are scored without it, which their evidence says), `stop` (the run ends). Default: fail-rows.
        Optional on_failure: OnFailure,
    }
}

words!(OnFailure, "what to do when a plug-in fails" {
    "fail-rows" => OnFailure::FailRows,
    "skip-plugin" => OnFailure::SkipPlugin,
    "stop" => OnFailure::Stop,
});

record! {
    /// Thresholds on the best candidate's score.
    Decide {
        /// The stage's name. Default: DECIDE.
        Optional label: String,
        /// From here on: matched.
        Required accept: Share,
        /// From here on, below `accept`: review. Default: the same as `accept`.
        Optional review: Share,
        /// A best candidate that is not this much above the best of another group goes to review. Default: 0.
        Optional margin: Share,
        /// With a `model`: an entry that is less sure than this, given that its group is the one, is not named: the
        /// result has the group alone (the company, not the establishment). Default: 0.
        Optional entry: Share,
        /// Each registry entry to one supplier at most: of several the most probable keeps it, the others go to review. It
        /// is settled at the end, over all rows; only the last `decide` can say so. Default: false.
        Optional one_to_one: bool,
        /// Rows that are not the registry's at all: those that are not accepted are settled, as unmatched.
        Optional aside: Aside,
    }
}

record! {
    /// Rows that are not the registry's: of another country, say.
    Aside {
        /// What results call the stage of such rows: FOREIGN.
        Required label: String,
        /// The supplier field that tells, or several: the first that has a value counts.
        Required field: OneOrMany<String>,
        /// The values, as cleaned, of rows that stay. Rows without a value stay too.
        Required home: OneOrMany<String>,
    }
}
