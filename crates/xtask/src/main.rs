//! `cargo xtask COMMAND`: commands for developers.

use std::process::{Command, ExitCode};

use matchflow_xtask::tidy;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  tidy            Check the guard rails: lengths, import circles, names, layers, the code map
  tidy --bless    Lower the ceilings to what is measured, and write the `knows` column of the code map
  schedule [...]  Compare both schedules against the mock server; `schedule --help` lists its flags
  reference       Write the pages under docs/reference from the code
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => run_tidy(false),
        ["tidy", "--bless"] => run_tidy(true),
        ["schedule", flags @ ..] => run_schedule(flags),
        ["reference"] => write_reference(),
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

/// Builds the command, then runs the benchmark, which needs half of the workspace and is therefore a separate program.
fn run_schedule(flags: &[&str]) -> ExitCode {
    let build = ["build", "--release", "--package", "matchflow"];
    let run = ["run", "--release", "--package", "matchflow-benches", "--bin", "schedule", "--"];
    let run: Vec<&str> = run.iter().chain(flags).copied().collect();
    for arguments in [build.as_slice(), run.as_slice()] {
        match Command::new("cargo").args(arguments).status() {
            Ok(status) if status.success() => {}
            Ok(status) => return ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
            Err(error) => {
                eprintln!("cargo cannot be started: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Tests compare the pages; they write them if `UPDATE_GOLDEN` is set.
fn write_reference() -> ExitCode {
    let tests: [&[&str]; 2] = [
        &["--package", "matchflow", "--test", "reference"],
        &["--package", "matchflow-checkpoint", "--lib", "reference_page"],
    ];
    for test in tests {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(tidy::root()).env("UPDATE_GOLDEN", "1").args(["test", "--release", "--quiet"]).args(test);
        match cargo.status() {
            Ok(status) if status.success() => {}
            Ok(_) => return ExitCode::FAILURE,
            Err(error) => {
                eprintln!("reference: cargo cannot be run: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}
