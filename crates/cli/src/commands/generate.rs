//! `matchflow generate`.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use matchflow_generate::{GenerateOptions, Part, RegistryLayout, generate as make};

use crate::args::{GenerateArgs, SupplierFormat};
use crate::failure::Failure;

/// Makes the files and says where they are.
pub(crate) fn generate(args: &GenerateArgs) -> Result<ExitCode, Failure> {
    let options = GenerateOptions {
        suppliers: args.suppliers,
        establishments: args.establishments,
        duplicates_per_mille: (args.duplicates * 1000.0).round() as u32,
        seed: args.seed,
        format: match args.format {
            SupplierFormat::Xlsx => matchflow_generate::SupplierFormat::Xlsx,
            SupplierFormat::Csv => matchflow_generate::SupplierFormat::Csv,
        },
        layout: if args.sirene { RegistryLayout::Sirene } else { RegistryLayout::Flat },
    };
    let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style()));
    let mut tell = |progress: matchflow_generate::Progress| {
        if let Some(bar) = &bar {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
            bar.set_message(match progress.part {
                Part::Registry => "registry",
                Part::Suppliers => "suppliers",
            });
        }
    };
    let made = make(&options, &args.out, &mut tell).map_err(|error| Failure::fatal(&error))?;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} ({} suppliers)", made.suppliers.display(), args.suppliers)?;
    for file in &made.registry {
        writeln!(out, "{}", file.display())?;
    }
    writeln!(out, "{} ({} are in the registry, {} are not)", made.truth.display(), made.present, made.absent)?;
    Ok(ExitCode::SUCCESS)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar())
}
