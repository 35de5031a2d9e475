//! Whether a run that cannot use its checkpoint continues with the fallback.

use crate::error::CheckpointError;

/// Whether an error of the checkpoint allows the fallback: the place is at fault, not the program or the stored data.
///
/// The match is exhaustive, so that every new error needs an explicit decision here.
pub(crate) fn should_fall_back(error: &CheckpointError) -> bool {
    match error {
        // Another run is processing the same rows: with another file, all of them would be decided, and paid for,
        // twice.
        CheckpointError::Locked { .. } => false,
        // Another place has none of these problems.
        CheckpointError::NotADatabase { .. }
        | CheckpointError::NotACheckpoint { .. }
        | CheckpointError::OtherLayout { .. }
        | CheckpointError::OtherPipeline { .. }
        | CheckpointError::Damaged { .. }
        | CheckpointError::Missing { .. }
        | CheckpointError::Unusable { .. } => true,
        // The file is open and a statement failed, or its content is inconsistent: another file would hide that.
        CheckpointError::Query { .. } | CheckpointError::Inconsistent { .. } => false,
        // Rows of this run are lost; another file would hide that.
        CheckpointError::Replaced { .. } => false,
        // The fallback has been tried.
        CheckpointError::NoPlace { .. } | CheckpointError::OtherCheckpoint { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn only_faults_of_the_place_allow_the_fallback() {
        let path = || PathBuf::from("s.duckdb");
        let text = || "x".to_owned();
        let table = [
            (CheckpointError::Locked { path: path(), pid: None }, false),
            (CheckpointError::OtherCheckpoint { path: path(), found: text(), requested: text() }, false),
            (CheckpointError::NotADatabase { path: path() }, true),
            (CheckpointError::NotACheckpoint { path: path() }, true),
            (CheckpointError::OtherLayout { path: path(), found: 9, supported: 6 }, true),
            (CheckpointError::OtherPipeline { path: path(), found: text(), requested: text() }, true),
            (CheckpointError::Damaged { path: path(), reason: text(), sound_bytes: None }, true),
            (CheckpointError::Missing { path: path() }, true),
            (CheckpointError::Unusable { path: path(), reason: text() }, true),
            (CheckpointError::Replaced { path: path() }, false),
            (CheckpointError::Query { path: path(), action: "be read", reason: text() }, false),
            (CheckpointError::Inconsistent { path: path(), run_id: text(), results: 1, epochs: 2 }, false),
            (
                CheckpointError::NoPlace {
                    first: Box::new(CheckpointError::Missing { path: path() }),
                    fallback: Box::new(CheckpointError::Missing { path: path() }),
                },
                false,
            ),
        ];
        for (error, expected) in table {
            assert_eq!(should_fall_back(&error), expected, "{error:?}");
        }
    }
}
