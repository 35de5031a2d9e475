//! `cargo xtask COMMAND`: what only developers run.

use std::process::ExitCode;

use matchflow_xtask::tidy;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  tidy            Check the guard rails: lengths, import circles, names, layers, the code map
  tidy --bless    Lower the ceilings to what is measured, and write the `knows` column of the code map
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => run_tidy(false),
        ["tidy", "--bless"] => run_tidy(true),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run_tidy(bless: bool) -> ExitCode {
    let outcome = tidy::Workspace::load(&tidy::root()).and_then(|workspace| match bless {
        true => tidy::bless(&workspace),
        false => tidy::check(&workspace),
    });
    match outcome {
        Ok(report) => {
            print!("{report}");
            ExitCode::from(u8::from(!report.violations.is_empty()))
        }
        Err(error) => {
            eprintln!("tidy: {error}");
            ExitCode::from(2)
        }
    }
}
