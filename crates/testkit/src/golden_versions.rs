//! Golden files of versions: anything that gives other results than before must have a new version.

use std::collections::BTreeMap;
use std::path::Path;

/// Compares names, their versions and digests of their results with the golden file.
///
/// `UPDATE_GOLDEN=1` rewrites the file, but not for a name whose digest changed under the same version.
pub fn assert_golden_versions(file: &Path, found: &BTreeMap<&str, (u32, String)>) {
    let golden = std::fs::read_to_string(file).unwrap_or_default();
    for line in golden.lines() {
        let mut words = line.split(' ');
        let [name, version, digest] = [(); 3].map(|()| words.next().unwrap_or_default());
        let Some((now, values)) = found.get(name) else { continue };
        let is_same = values == digest || now.to_string() != version;
        assert!(is_same, "`{name}` gives other results than version {version} did: increment its version");
    }
    let text: String = found.iter().map(|(name, (version, digest))| format!("{name} {version} {digest}\n")).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(file).unwrap_or_default(), "UPDATE_GOLDEN=1 accepts it");
}
