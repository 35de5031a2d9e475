//! `matchflow completions` and `matchflow man`: the command line for shells and `man`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::exit_reason::{EXIT_REASONS, ExitReason};
use crate::failure::{Failure, FailureContext};

/// The name of the command.
const NAME: &str = "matchflow";

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(ExitReason::Success.into())
}

/// Prints the page of the whole command, or writes it and a page for each subcommand to a folder.
pub(crate) fn man(folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = folder else {
        io::stdout().lock().write_all(&page(&command)?)?;
        return Ok(ExitReason::Success.into());
    };
    std::fs::create_dir_all(folder).while_doing("making the folder of the manual pages")?;
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        let name = command.get_display_name().unwrap_or(NAME).replace(' ', "-");
        let path = folder.join(format!("{name}.1"));
        let written =
            matchflow_files::create(&path, "a manual page").and_then(|mut file| file.write_all(&page(&command)?));
        written.map_err(|error| Failure::Fatal(format!("`{}` cannot be written: {error}", path.display())))?;
        open.extend(command.get_subcommands().filter(|inner| inner.get_name() != "help").cloned());
    }
    Ok(ExitReason::Success.into())
}

/// A page as clap generates it, followed by the exit codes.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    writeln!(page, ".SH \"EXIT STATUS\"")?;
    for (reason, _, meaning) in EXIT_REASONS {
        writeln!(page, ".TP\n\\fB{}\\fR\n{}", reason.code(), meaning.replace('-', "\\-"))?;
    }
    Ok(page)
}
