//! Generates files in a folder:
//! `cargo run --release -p matchflow-generate --example sample -- DIR SUPPLIERS ESTABLISHMENTS SEED [csv] [sirene]`.
//!
//! The sample of the pipelines was generated with `pipelines/data 2500 50000 1`.

use std::path::Path;

use matchflow_generate::{GenerateOptions, RegistryLayout, SupplierFormat, generate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, suppliers, establishments, seed, rest @ ..] = arguments.as_slice() else {
        return Err("wanted: DIR SUPPLIERS ESTABLISHMENTS SEED [csv] [sirene]".into());
    };
    let has = |word: &str| rest.iter().any(|argument| argument == word);
    let options = GenerateOptions {
        suppliers: suppliers.parse()?,
        establishments: establishments.parse()?,
        duplicates_per_mille: 0,
        strangers_per_mille: 0,
        seed: seed.parse()?,
        format: if has("csv") { SupplierFormat::Csv } else { SupplierFormat::Xlsx },
        edition: matchflow_generate::RegistryEdition::First,
        layout: if has("sirene") { RegistryLayout::Sirene } else { RegistryLayout::Flat },
    };
    let made = generate(&options, Path::new(folder), &mut |_| {})?;
    println!("{made:#?}");
    Ok(())
}
