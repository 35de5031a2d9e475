//! Tables of databases as supplier file, registry and results.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use duckdb::Connection;

use crate::sources::{REGISTRY, SUPPLIERS, pipeline};
use crate::support::{World, root};

/// The suppliers and the registry as tables of `data.duckdb`.
fn world() -> World {
    let world = World::empty();
    world.write("suppliers.csv", SUPPLIERS);
    world.write("registry.csv", REGISTRY);
    let connection = Connection::open(world.path("data.duckdb")).unwrap();
    let at = |name: &str| world.path(name).display().to_string();
    connection
        .execute_batch(&format!(
            "CREATE TABLE suppliers AS FROM read_csv('{}', delim = ';', all_varchar = true);
             CREATE TABLE registry AS FROM read_csv('{}', all_varchar = true);
             CREATE TABLE other (id INTEGER);",
            at("suppliers.csv"),
            at("registry.csv")
        ))
        .unwrap();
    connection.close().unwrap();
    world
}

#[test]
fn tables_and_queries_are_sources_and_registries() {
    let world = world();
    world.write("plain.yaml", pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}"));
    world.succeed(&["run", "plain.yaml"]);
    let expected = String::from_utf8(world.read("results.csv")).unwrap();
    for (name, source, reference) in [
        (
            "tables",
            "duckdb: {path: data.duckdb, table: suppliers}",
            "duckdb: {path: data.duckdb, table: main.registry}",
        ),
        (
            "queries",
            "duckdb: {path: data.duckdb, query: \"SELECT * FROM suppliers ORDER BY Code -- all\"}",
            "duckdb: {path: data.duckdb, query: SELECT * FROM registry}",
        ),
    ] {
        let text = pipeline(source, &reference.replace("main.registry", "registry"));
        world.write(&format!("{name}.yaml"), text.replace("places.duckdb", &format!("{name}.duckdb")));
        let ended = world.succeed(&["run", &format!("{name}.yaml")]);
        assert_eq!(ended.after("matched "), 4, "{ended:?}");
        assert_eq!(String::from_utf8(world.read("results.csv")).unwrap(), expected, "{name}");
        // Another table of the database changes, and nothing is matched again; a row does, and that is.
        let connection = Connection::open(world.path("data.duckdb")).unwrap();
        connection.execute_batch("INSERT INTO other VALUES (1)").unwrap();
        connection.close().unwrap();
        let again = world.succeed(&["run", &format!("{name}.yaml")]);
        assert_eq!(again.after("this run: "), 0, "{again:?}");
    }
    let connection = Connection::open(world.path("data.duckdb")).unwrap();
    connection.execute_batch("UPDATE suppliers SET Ville = 'LYON 3' WHERE Code = 'F1'").unwrap();
    connection.close().unwrap();
    let changed = world.succeed(&["run", "tables.yaml"]);
    assert_eq!(changed.after("this run: "), 1, "{changed:?}");
    let inspected = world.succeed(&["inspect", "data.duckdb", "--sheet", "suppliers"]);
    assert!(inspected.stdout.contains("duckdb:") && inspected.stdout.contains("Fournisseur"), "{inspected:?}");
    assert!(inspected.stdout.contains("table `suppliers`, ") && !inspected.stdout.contains("sheet `"), "{inspected:?}");
    let matched = world.succeed(&[
        "match",
        "data.duckdb",
        "--sheet",
        "suppliers",
        "--registry",
        "registry.csv",
        "--yes",
        "-o",
        "found.csv",
        "--write-pipeline",
        "mine.yaml",
    ]);
    assert_eq!(matched.after("matched "), 4, "{matched:?}");
    assert!(String::from_utf8(world.read("mine.yaml")).unwrap().contains("table: \"suppliers\""));
}

#[test]
fn what_is_wrong_with_a_database_is_named_at_its_key() {
    let world = world();
    for (source, words) in [
        ("duckdb: {path: data.duckdb, table: supplier}", vec!["has no table `supplier`", "`suppliers`"]),
        ("duckdb: {path: data.duckdb}", vec!["has 3 tables", "`registry`"]),
        ("duckdb: {path: data.duckdb, query: SELEC 1}", vec!["cannot be read", "syntax error"]),
        ("duckdb: {path: data.duckdb, query: \"SELECT 1); DROP TABLE other; SELECT (1\"}", vec!["cannot be read"]),
        ("duckdb: {path: data.duckdb, query: \"FROM read_csv('suppliers.csv')\"}", vec!["disabled by configuration"]),
        ("duckdb: {path: data.duckdb, table: suppliers, query: SELECT 1}", vec!["cannot both be given"]),
        ("duckdb: {path: suppliers.csv, table: t}", vec!["suppliers.csv", "not a DuckDB database"]),
        ("csv: {path: data.duckdb}", vec!["is a DuckDB database; declare it as `duckdb`"]),
    ] {
        world.write("p.yaml", pipeline(source, "csv: {path: registry.csv}"));
        let ended = world.run(&["validate", "p.yaml"]);
        assert_ne!(ended.code, Some(0), "{source}: {ended:?}");
        let flat = ended.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        words.iter().for_each(|word| assert!(flat.contains(word), "{source}: {flat}"));
    }
    let connection = Connection::open(world.path("data.duckdb")).unwrap();
    let tables: i64 = connection.query_row("SELECT count(*) FROM duckdb_tables()", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 3);
}

#[test]
fn results_replace_a_table_of_matchflows_and_no_other() {
    let world = world();
    let text = |outputs: &str| {
        pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}").replace("- csv: results.csv", outputs)
    };
    world.write("p.yaml", text("- duckdb: out.duckdb\n  - duckdb: {path: more.duckdb, table: sales.found}"));
    for _ in 0..2 {
        let ended = world.succeed(&["run", "p.yaml"]);
        assert!(ended.stdout.contains("out.duckdb, table results"), "{ended:?}");
        let connection = Connection::open(world.path("out.duckdb")).unwrap();
        let query = "SELECT count(*), count(*) FILTER (outcome = 'matched'), any_value(typeof(score)) FROM results";
        let row = |row: &duckdb::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: (i64, i64, String) = connection.query_row(query, [], row).unwrap();
        assert_eq!(found, (4, 4, "DOUBLE".to_owned()));
        connection.execute_batch("CREATE TABLE IF NOT EXISTS mine AS SELECT 42 AS answer").unwrap();
        connection.close().unwrap();
        let connection = Connection::open(world.path("more.duckdb")).unwrap();
        let rows: i64 = connection.query_row("SELECT count(*) FROM sales.found", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 4);
    }
    let connection = Connection::open(world.path("out.duckdb")).unwrap();
    let answer: i64 = connection.query_row("SELECT answer FROM mine", [], |row| row.get(0)).unwrap();
    assert_eq!(answer, 42, "other tables stay");
    connection.close().unwrap();
    assert_eq!(world.files("").iter().filter(|name| name.contains(".rows")).count(), 0, "{:?}", world.files(""));
    world.write("foreign.yaml", text("- duckdb: {path: out.duckdb, table: mine}"));
    let ended = world.run(&["run", "foreign.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("was not written by matchflow and is not replaced"), "{ended:?}");
    world.write("same.yaml", text("- duckdb: {path: places.duckdb, table: results}"));
    assert_eq!(world.run(&["run", "same.yaml"]).code, Some(2), "the checkpoint is no place for results");
}

#[test]
fn duplicates_go_into_a_table_too() {
    let world = world();
    world.write("list.csv", format!("{SUPPLIERS}F5;MENUISERIE VALCLAIR;69003;LYON\n"));
    world.write(
        "d.yaml",
        "name: twice
source:
  csv: {path: list.csv}
  id: [Code, index]
  fields: {name: Fournisseur, postcode: CP, town: Ville}
dedupe: {accept: 0.95, review: 0.1, bridge: 0.99}
preset: duplicates
sink: {checkpoint: d.duckdb}
outputs: [{duckdb: {path: out.duckdb}}]
",
    );
    world.succeed(&["run", "d.yaml"]);
    let connection = Connection::open(world.path("out.duckdb")).unwrap();
    let rows: i64 = connection.query_row("SELECT count(*) FROM results", [], |row| row.get(0)).unwrap();
    assert!(rows >= 2, "{rows}");
}

/// A PostgreSQL server that ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

const PASSWORD: &str = "a-secret-of-the-test";

/// Starts a server, or says why there is none.
fn server(folder: &std::path::Path) -> Option<Server> {
    let mut command = Command::new(root().join("scripts/postgres-server"));
    command.arg(folder).arg(PASSWORD).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut address = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
    if address.is_empty() {
        let mut reason = String::new();
        process.stderr.take().unwrap().read_to_string(&mut reason).unwrap();
        let code = process.wait().unwrap().code();
        assert_eq!(code, Some(77), "{reason}");
        println!("skipped: {reason}");
        return None;
    }
    Some(Server { process, address: address.trim().to_owned() })
}

fn query(address: &str, sql: &str) -> String {
    let output = Command::new("psql").args([address, "-At", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn rows_are_added_where_the_pipeline_has_it_so() {
    let world = world();
    let text = pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}")
        .replace("- csv: results.csv", "- duckdb: {path: history.duckdb, mode: append}");
    world.write("p.yaml", &text);
    for runs in 1..=2 {
        world.succeed(&["run", "p.yaml"]);
        let connection = Connection::open(world.path("history.duckdb")).unwrap();
        let query = "SELECT count(*), count(DISTINCT written_at) FROM results";
        let found: (i64, i64) = connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(found, (4 * runs, runs));
        connection.close().unwrap();
    }
    // Rows with other columns cannot be added, and nothing is.
    world.write("other.yaml", text.replace("town: Ville", "city: Ville").replace("places.duckdb", "other.duckdb"));
    let ended = world.run(&["run", "other.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it lacks \"in_city\"") && ended.stderr.contains("it has \"in_town\""), "{ended:?}");
    let connection = Connection::open(world.path("history.duckdb")).unwrap();
    let rows: i64 = connection.query_row("SELECT count(*) FROM results", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 8);
}

#[test]
fn a_table_in_use_elsewhere_ends_the_export_and_stays() {
    let world = world();
    let text = pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}")
        .replace("- csv: results.csv", "- csv: results.csv\n  - duckdb: out.duckdb");
    world.write("p.yaml", &text);
    world.succeed(&["run", "p.yaml"]);
    let before = world.read("results.csv");
    let connection = Connection::open(world.path("out.duckdb")).unwrap();
    let ended = world.run(&["run", "p.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("another program has it open (PID"), "{ended:?}");
    drop(connection);
    assert_eq!(world.read("results.csv"), before);
    world.succeed(&["run", "p.yaml"]);
}

#[test]
fn json_lines_have_the_types_of_parquet_and_go_to_standard_output() {
    let world = world();
    let text = |output: &str| {
        pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}").replace("csv: results.csv", output)
    };
    world.write("p.yaml", text("jsonl: results.jsonl"));
    world.succeed(&["run", "p.yaml"]);
    let lines = String::from_utf8(world.read("results.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row["score"].is_f64() && row["alternatives"].is_array()), "{lines}");
    assert_eq!(rows[0]["in_name"], "Menuiserie Valclair");
    world.write("out.yaml", text("jsonl: \"-\"").replace("places.duckdb", "out.duckdb"));
    let ended = world.succeed(&["run", "out.yaml"]);
    assert_eq!(ended.stdout, lines);
}

#[test]
#[cfg(unix)]
fn results_go_to_postgresql_in_one_transaction() {
    let folder = tempfile::Builder::new().prefix("matchflow-pg-").tempdir_in("/tmp").unwrap();
    let mut mode = std::fs::metadata(folder.path()).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    let Some(server) = server(&folder.path().join("server")) else { return };
    let mut world = world();
    let text = |address: &str, table: &str, mode: &str| {
        let output = format!("- postgres: {{url: '{address}', table: {table}, mode: {mode}}}");
        pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}").replace("- csv: results.csv", &output)
    };
    let address = server.address.replace(&format!(":{PASSWORD}"), "");
    world.write("p.yaml", text(&address, "finance.results", "replace"));
    let refused = world.run(&["run", "p.yaml"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("password"), "without a password: {refused:?}");
    world.set_variable("PGPASSWORD", PASSWORD);
    for _ in 0..2 {
        let ended = world.succeed(&["run", "p.yaml"]);
        assert!(ended.stdout.contains(&format!("{address}, table finance.results (4 rows)")), "{ended:?}");
        let sql = "SELECT count(*), count(*) FILTER (WHERE outcome = 'matched'), pg_typeof(max(score)),
                   bool_and(jsonb_typeof(alternatives) = 'array') FROM finance.results";
        assert_eq!(query(&server.address, sql), "4|4|double precision|t");
        query(&server.address, "CREATE OR REPLACE VIEW names AS SELECT in_name FROM finance.results");
    }
    assert!(query(&server.address, "SELECT string_agg(in_name, ', ') FROM names").contains("Menuiserie"), "views stay");
    world.write("a.yaml", text(&address, "history", "append").replace("places.duckdb", "history.duckdb"));
    for runs in 1..=2 {
        world.succeed(&["run", "a.yaml"]);
        let counts = query(&server.address, "SELECT count(*), count(DISTINCT written_at) FROM history");
        assert_eq!(counts, format!("{}|{runs}", 4 * runs));
    }
    // TLS: a certificate that the system trusts is required, and enough.
    world.write("tls.yaml", text(&format!("{address}?sslmode=verify-full"), "finance.results", "replace"));
    let untrusted = world.run(&["run", "tls.yaml"]);
    assert!(untrusted.code == Some(1) && untrusted.stderr.contains("certificate"), "{untrusted:?}");
    world.set_variable("SSL_CERT_FILE", folder.path().join("server/ca.pem").to_str().unwrap());
    world.succeed(&["run", "tls.yaml"]);
    query(&server.address, "CREATE TABLE mine AS SELECT 42 AS answer");
    world.write("mine.yaml", text(&address, "mine", "replace").replace("places.duckdb", "mine.duckdb"));
    let refused = world.run(&["run", "mine.yaml"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("was not written by matchflow and is not replaced"), "{refused:?}");
    assert_eq!(query(&server.address, "SELECT answer FROM mine"), "42");
    // A password file is read as `psql` reads it.
    world.set_variable("PGPASSWORD", "");
    world.write("pgpass", format!("other:*:*:*:wrong\n*:*:postgres:matchflow:{PASSWORD}\n"));
    world.set_variable("PGPASSFILE", world.path("pgpass").to_str().unwrap());
    let mode =
        |bits| std::fs::set_permissions(world.path("pgpass"), std::os::unix::fs::PermissionsExt::from_mode(bits));
    mode(0o644).unwrap();
    let open_to_all = world.run(&["run", "p.yaml"]);
    assert!(open_to_all.stderr.contains("can be read by others"), "{open_to_all:?}");
    mode(0o600).unwrap();
    world.succeed(&["run", "p.yaml"]);
    // The server's refusal is reported without the password, and the checkpoint does not have it.
    world.set_variable("PGPASSWORD", "wrong-and-secret");
    let wrong = world.run(&["run", "p.yaml"]);
    assert!(wrong.stderr.contains("password authentication failed"), "{wrong:?}");
    for ended in [&refused, &open_to_all, &wrong] {
        let text = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!text.contains(PASSWORD) && !text.contains("wrong-and-secret"), "{text}");
    }
    for file in world.files("").iter().filter(|file| *file != "pgpass") {
        let bytes = std::fs::read(world.path(file)).unwrap_or_default();
        assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "{file}");
    }
}

#[test]
fn no_password_of_an_address_is_displayed() {
    let world = world();
    for (address, words) in [
        ("postgres://u:not-shown@db.example/finance", "has a password"),
        ("postgres://u@db.example/finance?password=not-shown", "has a password"),
        ("mysql://u:not-shown@db.example/finance", "is no address of a PostgreSQL database"),
    ] {
        let output = format!("- postgres: {{url: '{address}'}}");
        let text = pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}");
        world.write("p.yaml", text.replace("- csv: results.csv", &output));
        for command in ["validate", "run", "plan"] {
            let ended = world.run(&[command, "p.yaml"]);
            assert_eq!(ended.code, Some(2), "{address}: {ended:?}");
            assert!(ended.stderr.contains(words), "{address}: {ended:?}");
            assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("not-shown"), "{address}: {ended:?}");
        }
    }
}
