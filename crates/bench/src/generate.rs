//! `matchflow generate`: a supplier file, a registry and the truth.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use matchflow_generate::{
    GenerateOptions, GeneratedPart, GenerationProgress, RegistryEdition, RegistryLayout, SupplierFormat,
    generate as generate_files,
};

use crate::{BenchError, GenerateArgs, SupplierFileFormat};

/// Generates the files and prints their paths.
pub fn generate(args: &GenerateArgs) -> Result<ExitCode, BenchError> {
    let options = GenerateOptions {
        suppliers: args.suppliers,
        establishments: args.establishments,
        duplicates_per_mille: (args.duplicates * 1000.0).round() as u32,
        strangers_per_mille: (args.strangers * 1000.0).round() as u32,
        seed: args.seed,
        format: match args.format {
            SupplierFileFormat::Xlsx => SupplierFormat::Xlsx,
            SupplierFileFormat::Csv => SupplierFormat::Csv,
        },
        layout: if args.sirene { RegistryLayout::Sirene } else { RegistryLayout::Flat },
        edition: if args.next { RegistryEdition::Next } else { RegistryEdition::First },
    };
    if !args.overwrite
        && let Some(file) = options.files(&args.out).into_iter().find(|file| file.exists())
    {
        let file = file.display();
        return Err(BenchError::Usage(format!(
            "`{file}` exists; write elsewhere with `--out`, or replace it with `--overwrite`; nothing was done"
        )));
    }
    let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style()));
    let mut show_progress = |progress: GenerationProgress| {
        if let Some(bar) = &bar {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
            bar.set_message(match progress.part {
                GeneratedPart::Registry => "registry",
                GeneratedPart::Suppliers => "suppliers",
            });
        }
    };
    let generated = generate_files(&options, &args.out, &mut show_progress)
        .map_err(|error| BenchError::failed("generating files", &error))?;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} ({} suppliers)", generated.suppliers.display(), args.suppliers)?;
    for file in &generated.registry {
        writeln!(out, "{}", file.display())?;
    }
    let truth = generated.truth.display();
    writeln!(out, "{truth} ({} are in the registry, {} are not)", generated.present, generated.absent)?;
    if let Some(changes) = &generated.changes {
        writeln!(out, "{} (what changed since the edition before)", changes.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar())
}
