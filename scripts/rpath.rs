// Included by the build script of every package that links a program with DuckDB's shared library: `rustc-link-arg`
// reaches the package's own programs, tests and examples only, so each needs the line.

/// Where programs look for libduckdb: next to them (a copied `make dist`), in `../lib/matchflow` (a wheel, a Debian
/// package), in `../lib`, or in DUCKDB_LIB_DIR.
fn link_run_path() {
    // Without this line any change in the package would run the script again.
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    let here = match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows") => return,
        Ok("macos") => "@loader_path",
        _ => "$ORIGIN",
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{here}");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{here}/../lib/matchflow");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{here}/../lib");
    if let Ok(folder) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
