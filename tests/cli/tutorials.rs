//! The tutorials show what the command prints: each `console` block is run again and compared.
//!
//! A block `csv` with a name is a file that the commands find. A block `console` has commands after `$`, and what they print on a terminal, without empty lines, progress, durations and rates.
//! `UPDATE_GOLDEN=1` writes the blocks anew.

use std::fs;
use std::process::Command;

use crate::support::{World, root};

const PAGES: [&str; 4] =
    ["docs/tutorial-finance.md", "docs/tutorial-engineer.md", "docs/decisions.md", "docs/registry.md"];
const FILE: &str = "```csv ";
const BEGIN: &str = "```console\n";
const END: &str = "\n```";

/// The working folder of the tutorials, with the sample data.
fn world() -> World {
    let mut world = World::sample();
    for name in ["suppliers.xlsx", "registry.parquet", "truth.csv"] {
        fs::rename(world.path("data").join(name), world.path(name)).unwrap();
    }
    world.set_variable("LC_ALL", "C.UTF-8");
    world
}

/// Writes the files that a page shows: each block begins with its name.
fn write_files(world: &World, text: &str) {
    for part in text.split(FILE).skip(1) {
        let (name, rest) = part.split_once('\n').unwrap();
        let (content, _) = rest.split_once("```").unwrap();
        world.write(name, content);
    }
}

/// The words of a command line; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a line is the same on every machine.
fn is_shown(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("[pipeline]") && !line.starts_with("this run: ")
}

/// The current content of a block.
fn replay(world: &World, block: &str) -> String {
    let mut out = String::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let (command, head) = line
            .split_once(" | head -")
            .map_or((line, usize::MAX), |(command, lines)| (command, lines.parse().unwrap()));
        let arguments = words(command);
        let (program, arguments) = arguments.split_first().unwrap();
        assert_eq!(program, "matchflow", "{line}");
        // Both streams combined, in the order in which a user sees them.
        let command = world.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let mut merged = Command::new("sh");
        merged.args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(command.get_program()).args(command.get_args());
        merged.current_dir(world.path("")).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let printed = String::from_utf8(merged.output().unwrap().stdout).unwrap();
        let printed: Vec<&str> = printed.lines().map(str::trim_end).filter(|line| is_shown(line)).take(head).collect();
        out.push_str(&format!("$ {line}\n{}\n", printed.join("\n")));
    }
    out.trim_end().to_owned()
}

#[test]
fn tutorials_show_what_the_command_prints() {
    let mut wrong = Vec::new();
    for page in PAGES {
        let world = world();
        let text = fs::read_to_string(root().join(page)).unwrap();
        write_files(&world, &text);
        let mut parts = text.split(BEGIN);
        let mut fresh = parts.next().unwrap().to_owned();
        let mut blocks = 0;
        for part in parts {
            let (block, rest) = part.split_once(END).unwrap();
            fresh.push_str(&format!("{BEGIN}{}{END}{rest}", replay(&world, block)));
            blocks += 1;
        }
        assert!(blocks >= 3, "{page}: {blocks} blocks");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(root().join(page), &fresh).unwrap();
        } else if fresh != text {
            let line = fresh.lines().zip(text.lines()).position(|(one, other)| one != other).unwrap_or(0);
            wrong.push(format!("{page} differs from line {}: {:?}", line + 1, fresh.lines().nth(line)));
        }
    }
    assert!(wrong.is_empty(), "{}; UPDATE_GOLDEN=1 writes them anew", wrong.join("\n"));
}
