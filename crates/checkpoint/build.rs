//! Adds the run path of libduckdb to this package's programs and tests.

include!("../../scripts/rpath.rs");

fn main() {
    link_run_path();
}
