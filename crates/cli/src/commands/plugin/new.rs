//! `matchflow plugin new`: creates a folder with a working matcher.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use super::{file_failure, templates};
use crate::args::{GuestLanguage, PluginNewArgs, World};
use crate::failure::Failure;

/// Names become crate names and file names.
const NAME_CHARS_MAX: usize = 64;

/// Writes the folder and prints the next steps.
pub(crate) fn new(args: &PluginNewArgs) -> Result<ExitCode, Failure> {
    let path = Path::new(&args.name);
    let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name)).ok_or_else(|| {
        Failure::Usage(format!(
            "error: invalid plug-in name `{}`: use lower-case letters, digits and single hyphens, starting with a letter, \
             at most {NAME_CHARS_MAX} characters",
            args.name
        ))
    })?;
    let files = templates::files(args.lang, args.world, name).ok_or_else(|| {
        let text = "error: arbiters cannot be written in C: use `--lang` rust, python or javascript";
        Failure::Usage(text.to_owned())
    })?;
    // An existing folder is used only if it is empty.
    if path.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || path.is_file() {
        let text = format!("error: `{}` already exists and is not empty; nothing was written", path.display());
        return Err(Failure::Usage(text));
    }
    for (file, text) in &files {
        let file = path.join(file);
        let folder = file.parent().unwrap_or(path);
        std::fs::create_dir_all(folder).map_err(|error| file_failure(folder, &error))?;
        std::fs::write(&file, text).map_err(|error| file_failure(&file, &error))?;
    }
    let mut out = std::io::stdout().lock();
    let stem = if args.world == World::Arbiter { "arbiter" } else { "scorer" };
    let (file, need) = match args.lang {
        GuestLanguage::Rust => ("src/lib.rs".to_owned(), ""),
        GuestLanguage::Python => {
            (format!("{stem}.py"), "python3 -m venv .venv && .venv/bin/pip install componentize-py && ")
        }
        GuestLanguage::Javascript => (format!("{stem}.js"), "npm install && "),
        GuestLanguage::C => (format!("{stem}.c"), ""),
    };
    writeln!(out, "{}: a working plug-in; its code is in {file}", path.display())?;
    writeln!(out, "next: cd {} && {need}matchflow plugin test .", path.display())?;
    Ok(ExitCode::SUCCESS)
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= NAME_CHARS_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_crates_and_files() {
        for name in ["a", "my-matcher", "siren2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "2siren", "My", "my_matcher", "my--matcher", "my-", "é", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
