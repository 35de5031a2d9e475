//! Foreign workbooks: each one opens or gives a typed error; none aborts or panics.

use std::path::{Path, PathBuf};

use matchflow_ingest::{IngestError, open_source, table_facts};

use crate::support::{plan, shared, texts, xlsx};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Result<u64, IngestError> {
    let columns = table_facts(&xlsx(path))?.columns;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut reader = open_source(&plan(xlsx(path), &["index"], texts(&names)), 1_000)?;
    while reader.next_batch()?.is_some() {}
    assert!(reader.facts().cells.balances(), "{}: {:?}", path.display(), reader.facts());
    Ok(reader.facts().cells.emitted)
}

#[test]
fn every_workbook_opens_or_gives_a_typed_error() {
    let Some(folder) = shared().map(|folder| folder.join("data/xlsx-corpus")).filter(|folder| folder.is_dir()) else {
        println!("skipped: no shared data");
        return;
    };
    let mut found = Vec::new();
    files(&folder, &mut found);
    assert!(!found.is_empty());
    let (mut opened, mut cells) = (0, 0);
    for path in &found {
        match read(path) {
            Ok(count) => {
                opened += 1;
                cells += count;
            }
            Err(error) => {
                assert!(!matches!(error, IngestError::Batch { .. }), "{error}");
                println!("{error}");
            }
        }
    }
    println!("{opened} of {} files opened, {cells} cells", found.len());
    assert!(opened * 10 >= found.len() * 8, "{opened} of {} files opened", found.len());
}
