//! The commands of `docs/serve.md` and the clients in `examples/serve`, against a running server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::serve::ServedWorld;

const PAGE: &str = include_str!("../../docs/serve.md");
/// The address of the server on the page and in the examples.
const ADDRESS: &str = "127.0.0.1:8080";
/// Rows with a column that the pipeline does not read.
const ROWS: &str = "Nom,Postal,Ville,Interne\nThermlesys,44120,Vertou,7\nINTROUVABLE,,,8\n";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/serve").join(name)
}

/// The commands of the page that call the server without a token.
fn curl_commands() -> Vec<String> {
    let lines = PAGE.replace("\\\n", " ");
    lines.lines().filter(|line| line.starts_with("curl ") && line.contains(ADDRESS)).map(str::to_owned).collect()
}

/// Runs a program in the server's world; `None`, with a word about it, where it is not installed.
fn run(served: &ServedWorld, command: &mut Command) -> Option<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.current_dir(served.world.path("")).output();
    if output.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        println!("{name} is not installed: its client is not tested");
        return None;
    }
    Some(output.unwrap())
}

#[test]
fn the_curl_commands_of_the_page_are_answered() {
    let served = ServedWorld::sample();
    served.world.write("new.csv", ROWS);
    let commands = curl_commands();
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        let command = command.replace(ADDRESS, &served.address.to_string());
        let Some(output) = run(&served, Command::new("sh").args(["-c", &command])) else { return };
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && answer.contains("outcome"), "{command}: {answer}");
    }
}

#[test]
fn the_python_client_adds_results_to_a_file() {
    let served = ServedWorld::sample();
    // More rows than one request takes.
    let rows: String = (0..1_500).map(|row| format!("INTROUVABLE {row},,,8\n")).collect();
    served.world.write("new.csv", format!("{ROWS}{rows}"));
    let server = format!("http://{}", served.address);
    let mut command = Command::new("python3");
    command.arg(example("match_file.py")).args([&server, "suppliers", "new.csv", "matched.csv"]);
    let Some(output) = run(&served, &mut command) else { return };
    assert!(output.status.success(), "{output:?}");
    let matched = std::fs::read_to_string(served.world.path("matched.csv")).unwrap();
    let lines: Vec<&str> = matched.lines().collect();
    assert_eq!(lines.len(), 1_503);
    assert!(lines[1].starts_with("Thermlesys,44120,Vertou,7,matched,50179555300012,501795553,0.99"), "{}", lines[1]);
    assert!(lines[2].starts_with("INTROUVABLE,,,8,unmatched,,,"), "{}", lines[2]);
    let mut unknown = Command::new("python3");
    unknown.arg(example("match_file.py")).args([&server, "nothing", "new.csv", "matched.csv"]);
    let ended = run(&served, &mut unknown).unwrap();
    assert!(!ended.status.success() && String::from_utf8_lossy(&ended.stderr).contains("404: "), "{ended:?}");
}

#[test]
fn the_query_for_excel_reads_what_the_server_answers() {
    let served = ServedWorld::sample();
    let query = std::fs::read_to_string(example("match_table.pq")).unwrap();
    let columns = query.split_once("ResultColumns = {").unwrap().1.split_once('}').unwrap().0;
    let target = query.split_once(ADDRESS).unwrap().1.split_once('"').unwrap().0;
    // As `Json.FromValue` writes rows of a table.
    let answer = served.post(target, &json!({ "rows": [{ "Nom": "Thermlesys", "Postal": 44120, "Interne": null }] }));
    let answer: serde_json::Value = serde_json::from_str(answer.text()).unwrap();
    let result = &answer["results"][0];
    for column in columns.split(", ").map(|name| name.trim_matches('"')) {
        assert!(!result[column].is_null(), "{column}: {result}");
    }
}

#[test]
fn the_unit_is_one_for_systemd() {
    let served = ServedWorld::sample();
    let unit = std::fs::read_to_string(example("matchflow.service")).unwrap();
    let unit = unit.replace("/usr/bin/matchflow", env!("CARGO_BIN_EXE_matchflow"));
    served.world.write("matchflow.service", unit);
    let Some(output) = run(&served, Command::new("systemd-analyze").args(["verify", "./matchflow.service"])) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    // It also reports on units of the machine.
    assert!(!said.lines().any(|line| line.contains("matchflow.service")), "{said}");
}
