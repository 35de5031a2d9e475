//! The lengths of files and functions.

use super::source::{block_end, line_at, words};
use super::{Measure, Workspace};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// The length of every Rust file and of every function.
pub(super) fn measure(workspace: &Workspace) -> Vec<Measure> {
    let mut measures = Vec::new();
    for (path, file) in workspace.rust_files() {
        let lines = file.text.lines().count();
        measures.push(Measure {
            rule: "file-length",
            key: path.to_owned(),
            value: lines,
            limit: FILE_LINES_MAX,
            file: path.to_owned(),
            line: 1,
            problem: format!("the file has {lines} lines; the limit is {FILE_LINES_MAX}"),
            remedy: "split it by idea; what is left over is often a file of its own".to_owned(),
        });
        for function in functions(&file.code) {
            measures.push(Measure {
                rule: "function-length",
                key: format!("{path}::{}", function.name),
                value: function.lines,
                limit: FUNCTION_LINES_MAX,
                file: path.to_owned(),
                line: function.line,
                problem: format!("`{}` has {} lines; the limit is {FUNCTION_LINES_MAX}", function.name, function.lines),
                remedy: "move a step of it into a function with a name".to_owned(),
            });
        }
    }
    measures
}

struct Function<'a> {
    name: &'a str,
    line: usize,
    lines: usize,
}

fn functions(code: &str) -> Vec<Function<'_>> {
    let mut functions = Vec::new();
    let mut tokens = words(code).peekable();
    while let Some((at, word)) = tokens.next() {
        if word != "fn" {
            continue;
        }
        // `fn(` is a type.
        let Some(&(name_at, name)) = tokens.peek() else { break };
        let between = code.get(at + 2..name_at).unwrap_or_default();
        if !between.trim().is_empty() {
            continue;
        }
        if let Some(open) = body_start(code, name_at + name.len()) {
            let body = code.get(at..block_end(code, open)).unwrap_or_default();
            functions.push(Function { name, line: line_at(code, at), lines: body.lines().count() });
        }
    }
    functions
}

/// The opening brace of the body; a declaration has none.
fn body_start(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}
