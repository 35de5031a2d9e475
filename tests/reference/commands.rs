//! Every command and its flags, as `--help` prints them.

use std::fmt::Write;

use crate::support::World;

const HEAD: &str = "\
# Commands

`matchflow help COMMAND` prints the same.
";

/// The page.
pub(crate) fn page() -> String {
    let world = World::empty();
    let mut out = HEAD.to_owned();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = world.succeed(&arguments).stdout;
        let title = ["matchflow"].into_iter().chain(command.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        write!(out, "\n## `{title}`\n\n```text\n{}\n```\n", trimmed(&help)).unwrap();
        let inner = subcommands(&help).into_iter().rev();
        open.extend(inner.map(|name| command.iter().cloned().chain([name]).collect()));
    }
    out
}

fn trimmed(help: &str) -> String {
    help.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The names under `Commands:`.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}
