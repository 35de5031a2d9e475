//! `serve`: the same answers as a run, over real sockets on loopback; signals, reloads, invalid input.

use std::net::SocketAddr;

use calamine::{Data, Reader, Xlsx, open_workbook};
use matchflow_mock_server::Behaviour;
use matchflow_model::arrow::array::{AsArray, RecordBatch};
use matchflow_model::arrow::datatypes::Float64Type;
use matchflow_model::arrow::ipc::reader::StreamReader;
use matchflow_testkit::http_client::{HttpAnswer, HttpClient};
use serde_json::{Map, Value, json};

use crate::arbiters::{self, judge};
use crate::support::{Ended, Running, World};
use crate::tables::query;

/// A server in a world.
pub(crate) struct ServedWorld {
    pub(crate) world: World,
    server: Running,
    pub(crate) address: SocketAddr,
}

impl ServedWorld {
    fn start(world: World, arguments: &[&str]) -> ServedWorld {
        let arguments: Vec<&str> = ["serve"].into_iter().chain(arguments.iter().copied()).collect();
        let mut server = world.start(&[arguments.as_slice(), &["--listen", "127.0.0.1:0"]].concat());
        let mut address = None;
        server.wait_for_line(|line| {
            address = line.split_once("ready: ").and_then(|(_, url)| url.split_once("//")?.1.parse().ok());
            address.is_some()
        });
        ServedWorld { world, server, address: address.expect("the line has it") }
    }

    pub(crate) fn sample() -> ServedWorld {
        ServedWorld::start(World::sample(), &["suppliers.yaml"])
    }

    fn client(&self) -> HttpClient {
        HttpClient::connect(self.address)
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> HttpAnswer {
        self.client().request("POST", target, &[], body.to_string().as_bytes())
    }

    fn stop(self) -> Ended {
        self.server.signal("TERM");
        self.server.end()
    }
}

/// The sample's rows by column, as a client sends them.
fn sample_rows(world: &World) -> Vec<Map<String, Value>> {
    let mut workbook: Xlsx<_> = open_workbook(world.path("data/suppliers.xlsx")).unwrap();
    let range = workbook.worksheet_range("Fournisseurs").unwrap();
    let mut rows = range.rows();
    let header: Vec<String> = rows
        .by_ref()
        .find(|row| row.contains(&Data::String("Nom".to_owned())))
        .unwrap()
        .iter()
        .map(Data::to_string)
        .collect();
    let cell = |cell: &Data| match cell {
        Data::Empty => Value::Null,
        Data::DateTime(date) => {
            let first = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
            (first + chrono::Days::new(date.as_f64() as u64)).to_string().into()
        }
        other => other.to_string().into(),
    };
    let row = |row: &[Data]| header.iter().cloned().zip(row.iter().map(cell)).collect::<Map<_, _>>();
    rows.map(row).filter(|row| row.values().any(|value| !value.is_null())).collect()
}

/// A run's stored results by key: the columns that decide, as JSON.
fn results_of_run(world: &World) -> Vec<Value> {
    let columns = "key, outcome, score, stage, id, \"group\", level, closed, closed_on, entry, margin, entry_score, weight, \
                   candidates, reason, to_json(alternatives) AS alternatives, to_json(scores) AS scores, evidence";
    let rows = query(&world.path("out/suppliers.duckdb"), &format!("SELECT {columns} FROM latest ORDER BY row"));
    let parsed = |text: &Value| text.as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
    let result = |mut row: Map<String, Value>| {
        let [entry, reasons, mut alternatives, scores, mut evidence] =
            ["entry", "reason", "alternatives", "scores", "evidence"]
                .map(|name| parsed(&row.shift_remove(name).unwrap()));
        for alternative in alternatives.as_array_mut().unwrap().iter_mut().map(|one| one.as_object_mut().unwrap()) {
            alternative.retain(|_, value| !value.is_null());
            for name in ["entry", "evidence"] {
                if let Some(json) = alternative.get_mut(name) {
                    *json = parsed(json);
                }
            }
        }
        let scores = scores.as_array().unwrap();
        if evidence.is_null() && !scores.is_empty() {
            let score = |one: &Value| (one["scorer"].as_str().unwrap().to_owned(), one["score"].clone());
            evidence = Value::Object(scores.iter().map(score).collect());
        }
        row.extend([
            ("entry".to_owned(), entry),
            ("reasons".to_owned(), reasons),
            ("alternatives".to_owned(), alternatives),
            ("evidence".to_owned(), evidence),
        ]);
        Value::Object(row)
    };
    rows.into_iter().map(result).collect()
}

/// A number as the client's JSON parser reads it, which may differ in the last bit.
fn as_read(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// The numbers of a column in an Arrow IPC stream, as bits.
fn bits(stream: &[u8], column: &str) -> Vec<Option<u64>> {
    let batches = StreamReader::try_new(stream, None).unwrap().map(Result::unwrap);
    let column = |batch: RecordBatch| {
        let numbers = batch.column_by_name(column).unwrap().as_primitive::<Float64Type>().clone();
        numbers.iter().map(|number| number.map(f64::to_bits)).collect::<Vec<_>>()
    };
    batches.flat_map(column).collect()
}

#[test]
fn every_row_of_the_sample_gets_the_result_of_a_run() {
    let served = ServedWorld::sample();
    served.world.succeed(&["run", "suppliers.yaml"]);
    let expected = results_of_run(&served.world);
    let rows = sample_rows(&served.world);
    assert_eq!(rows.len(), expected.len());
    assert!(rows.len() > 100);
    // Four concurrent clients, with requests of different sizes, in whatever batches they are matched.
    let sizes = [1usize, 3, 64, 1_000];
    let shares: Vec<Vec<usize>> = (0..4).map(|share| (share..rows.len()).step_by(4).collect()).collect();
    std::thread::scope(|scope| {
        for (share, size) in shares.iter().zip(sizes) {
            let (served, rows, expected) = (&served, &rows, &expected);
            scope.spawn(move || {
                let mut client = served.client();
                for part in share.chunks(size) {
                    let body = json!({ "rows": part.iter().map(|row| &rows[*row]).collect::<Vec<_>>() });
                    let target = "/v1/suppliers/match?evidence=true&unknown=ignore";
                    let answer = client.request("POST", target, &[], body.to_string().as_bytes());
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let results: Value = serde_json::from_str(answer.text()).unwrap();
                    for (place, row) in part.iter().enumerate() {
                        let result = &results["results"][place];
                        for (name, value) in expected[*row].as_object().unwrap() {
                            // Rows without a key, and the second row with a key, are identified by their position in
                            // the request.
                            let number = (row + 2).to_string();
                            let is_by_place = |key: &str| key.contains('#') || key == number;
                            let is_numbered = name == "key" && value.as_str().is_some_and(is_by_place);
                            let is_equal = result[name] == as_read(value);
                            assert!(is_numbered || is_equal, "{name} of row {row}: {} is not {value}", result[name]);
                        }
                    }
                }
            });
        }
    });
    // Numbers are equal to the bit in the format that preserves them.
    let headers = [("Accept", "application/vnd.apache.arrow.stream")];
    for (rows, expected) in rows.chunks(1_000).zip(expected.chunks(1_000)) {
        let body = json!({ "rows": rows }).to_string();
        let target = "/v1/suppliers/match?unknown=ignore";
        let answer = served.client().request("POST", target, &headers, body.as_bytes());
        for column in ["score", "margin", "entry_score", "weight"] {
            let of_run: Vec<_> = expected.iter().map(|row| row[column].as_f64().map(f64::to_bits)).collect();
            assert_eq!(bits(&answer.body, column), of_run, "{column}");
        }
    }
    let ended = served.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("all requests were answered"), "{ended:?}");
}

#[test]
fn fields_replace_their_columns_and_formats_are_equivalent() {
    let served = ServedWorld::sample();
    let mut rows = sample_rows(&served.world);
    rows.truncate(20);
    let target = "/v1/suppliers/match?unknown=ignore";
    let by_column: Value = serde_json::from_str(served.post(target, &json!({ "rows": rows })).text()).unwrap();
    let outcomes = |answer: &Value| -> Vec<(Value, Value, Value)> {
        let of = |result: &Value| (result["outcome"].clone(), result["id"].clone(), result["score"].clone());
        answer["results"].as_array().unwrap().iter().map(of).collect()
    };
    // By field: an address is one value in place of three columns.
    let field = |row: &Map<String, Value>| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let address = ["Adresse 1", "Adresse 2", "Adresse 3"].map(text).join(" ");
        json!({ "name": row["Nom"], "address": address.split_whitespace().collect::<Vec<_>>().join(" "), "postcode": row["Postal"],
                "town": row["Ville"], "country": row["Pays"], "siret": row["Code SIRET"], "vat": row["Code NIF"] })
    };
    let by_field = served.post("/v1/suppliers/match", &json!({ "rows": rows.iter().map(field).collect::<Vec<_>>() }));
    assert_eq!(outcomes(&serde_json::from_str(by_field.text()).unwrap()), outcomes(&by_column));
    // CSV in, CSV and Arrow out.
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(rows[0].keys()).unwrap();
    for row in &rows {
        writer.write_record(row.values().map(|value| value.as_str().unwrap_or_default())).unwrap();
    }
    let body = writer.into_inner().unwrap();
    let mut client = served.client();
    let csv = client.request("POST", target, &[("Content-Type", "text/csv")], &body);
    assert_eq!(
        (csv.status, csv.header("content-type").map(|name| &name[..8])),
        (200, Some("text/csv")),
        "{}",
        csv.text()
    );
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let records: Vec<std::collections::HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let expected = outcomes(&by_column);
    assert_eq!(records.len(), expected.len());
    for (record, (outcome, id, _)) in records.iter().zip(&expected) {
        assert_eq!(
            (&record["outcome"], record["id"].as_str()),
            (&outcome.as_str().unwrap().to_owned(), id.as_str().unwrap_or_default())
        );
    }
    let accept = [("Content-Type", "text/csv"), ("Accept", "application/vnd.apache.arrow.stream")];
    let arrow = client.request("POST", target, &accept, &body);
    assert_eq!(arrow.status, 200);
    // Arrow output is read back as rows: it has the columns of a result, none of which is a supplier column.
    let again = client.request("POST", "/v1/suppliers/match", &[("Content-Type", accept[1].1)], &arrow.body);
    assert_eq!(again.status, 422, "{}", again.text());
    let problem: Value = serde_json::from_str(again.text()).unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/rows/0/key");
    served.stop();
}

#[test]
fn problems_of_a_request_are_named_with_the_allowed_values() {
    let served = ServedWorld::sample();
    let mut client = served.client();
    let mut problem = |method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]| -> (u16, Value) {
        let answer = client.request(method, target, headers, body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{target}");
        let problem: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!(problem["status"], answer.status);
        (answer.status, problem)
    };
    let rows = "/v1/suppliers/match";
    let (status, unknown) = problem("POST", "/v1/supplier/match", &[], b"{}");
    assert_eq!((status, &unknown["errors"][0]["allowed"]), (404, &json!(["suppliers"])));
    let (status, unknown) = problem("POST", rows, &[], br#"{"rows": [{"Nom": "A"}, {"Raison": "B"}]}"#);
    assert_eq!((status, &unknown["errors"][0]["pointer"]), (422, &json!("/rows/1/Raison")));
    let allowed = unknown["errors"][0]["allowed"].as_array().unwrap();
    assert!(allowed.contains(&json!("Nom")) && allowed.contains(&json!("address")), "{allowed:?}");
    let (_, both) = problem("POST", rows, &[], br#"{"rows": [{"Adresse 1": "A", "address": "B"}]}"#);
    assert!(both["detail"].as_str().unwrap().contains("name the same values"), "{both}");
    let (status, blank) = problem("POST", rows, &[], br#"{"rows": [{"Nom": "A"}, {"Nom": " "}, {}]}"#);
    assert_eq!(status, 422);
    let pointers: Vec<&Value> = blank["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/rows/1", "/rows/2"]);
    let many = json!({ "rows": vec![json!({ "Nom": "A" }); 1_001] }).to_string();
    assert_eq!(problem("POST", rows, &[], many.as_bytes()).0, 413);
    assert_eq!(problem("POST", rows, &[], b"{\"rows\": [{\"Nom\": \"\xe9\"}]}").0, 400);
    assert_eq!(problem("POST", rows, &[("Content-Type", "application/xml")], b"<a/>").0, 415);
    assert_eq!(problem("POST", rows, &[("Accept", "image/png")], br#"{"rows": [{"Nom": "A"}]}"#).0, 406);
    assert_eq!(problem("POST", "/v1/suppliers/match?evidence=2", &[], b"{}").0, 422);
    assert_eq!(problem("GET", rows, &[], b"").0, 405);
    assert_eq!(problem("GET", "/v2", &[], b"").0, 404);
    assert_eq!(problem("GET", "/v1/suppliers/entries/none", &[], b"").0, 404);
    let rejected = served.post(rows, &json!({ "rows": [{ "Nom": "A", "Date dern. Mouvt": "soon" }] }));
    let rejected: Value = serde_json::from_str(rejected.text()).unwrap();
    assert_eq!(rejected["results"][0]["rejects"], json!([{ "field": "last_movement", "expected": "a date" }]));
    served.stop();
}

#[test]
fn entries_have_registry_fields_and_reasons_are_in_the_clients_language() {
    let served = ServedWorld::sample();
    let mut rows = sample_rows(&served.world);
    rows.truncate(200);
    let body = json!({ "rows": rows }).to_string();
    let mut client = served.client();
    let mut reasons = |language: &str| -> Value {
        let headers = [("Accept-Language", language)];
        let answer = client.request("POST", "/v1/suppliers/match?unknown=ignore", &headers, body.as_bytes());
        serde_json::from_str(answer.text()).unwrap()
    };
    let (english, french) = (reasons("en"), reasons("fr-FR, en;q=0.5"));
    let matched = english["results"].as_array().unwrap().iter().position(|result| result["id"].is_string()).unwrap();
    assert_ne!(english["results"][matched]["reason"], french["results"][matched]["reason"]);
    assert_eq!(english["results"][matched]["reasons"], french["results"][matched]["reasons"]);
    let result = &english["results"][matched];
    let id = result["id"].as_str().unwrap();
    let entry = client.request("GET", &format!("/v1/suppliers/entries/{id}"), &[], b"");
    let entry: Value = serde_json::from_str(entry.text()).unwrap();
    assert_eq!((&entry["id"], &entry["group"], &entry["closed"]), (&result["id"], &result["group"], &result["closed"]));
    assert_eq!(entry["fields"], result["entry"]);
    served.stop();
}

#[test]
fn a_broken_pipeline_leaves_the_one_in_use_and_a_fixed_one_replaces_it() {
    let served = ServedWorld::sample();
    let mut client = served.client();
    let text = String::from_utf8(served.world.read("suppliers.yaml")).unwrap();
    served.world.write("suppliers.yaml", text.replace("name: suppliers\n", "name: suppliers\nnot_a_key: 1\n"));
    let failed = client.request("POST", "/-/reload", &[], b"");
    assert_eq!(failed.status, 500);
    assert!(
        failed.text().contains("not_a_key") && failed.text().contains("the pipelines in use stay"),
        "{}",
        failed.text()
    );
    assert_eq!(client.request("POST", "/v1/suppliers/match", &[], br#"{"rows": [{"Nom": "A"}]}"#).status, 200);
    served.world.write("suppliers.yaml", text.replace("name: suppliers\n", "name: purchasing\n"));
    let loaded = client.request("POST", "/-/reload", &[], b"");
    assert_eq!((loaded.status, loaded.text()), (200, r#"{"pipelines":["purchasing"]}"#));
    assert_eq!(client.request("POST", "/v1/purchasing/match", &[], br#"{"rows": [{"Nom": "A"}]}"#).status, 200);
    assert_eq!(client.request("POST", "/v1/suppliers/match", &[], br#"{"rows": [{"Nom": "A"}]}"#).status, 404);
    // By signal too.
    served.world.write("suppliers.yaml", &text);
    let ServedWorld { mut server, .. } = served;
    server.signal("HUP");
    server.wait_for_line(|line| line.contains("loaded again: suppliers"));
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn rows_for_an_arbiter_are_left_for_review_without_requests() {
    let arbiter = judge(Behaviour::default());
    let served = ServedWorld::start(arbiters::world(3, &arbiter, "llm-arbiter", ""), &["asked.yaml"]);
    let answer =
        served.post("/v1/asked/match", &json!({ "rows": [{ "Code": "F1", "Nom": "TAXI 1", "Adresse": "2 rue B" }] }));
    let answer: Value = serde_json::from_str(answer.text()).unwrap();
    let result = &answer["results"][0];
    assert_eq!(result["outcome"], "review", "{result}");
    let reasons = result["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason["code"] == "arbiter_not_requested"), "{result}");
    assert_eq!(arbiter.log().requests(), 0);
    served.stop();
}

#[test]
fn the_access_log_has_routes_and_no_row() {
    let served = ServedWorld::start(World::sample(), &["suppliers.yaml", "--access-log", "access.log"]);
    served.post(
        "/v1/suppliers/match?evidence=true",
        &json!({ "rows": [{ "Nom": "SECRETNAME", "Ville": "SECRETTOWN" }] }),
    );
    served.client().request("GET", "/v1/suppliers/entries/SECRETID?x=SECRETQUERY", &[("X-Key", "SECRETHEADER")], b"");
    served.client().request("GET", "/SECRETPATH", &[], b"");
    let log_path = served.world.path("access.log");
    let ServedWorld { world, server, .. } = served;
    server.signal("TERM");
    let ended = server.end();
    let log = std::fs::read_to_string(log_path).unwrap();
    assert!(!log.contains("SECRET") && !ended.stderr.contains("SECRET"), "{log}{ended:?}");
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |record: &Value| (record["route"].clone(), record["status"].clone(), record["rows"].clone());
    let expected = [
        (json!("/v1/{pipeline}/match"), json!(200), json!(1)),
        (json!("/v1/{pipeline}/entries/{id}"), json!(422), json!(0)),
        (json!(""), json!(404), json!(0)),
    ];
    assert_eq!(records.iter().map(of).collect::<Vec<_>>(), expected);
    drop(world);
}

#[test]
fn invalid_setups_are_errors_before_anything_listens() {
    let world = World::sample();
    let twice = world.run(&["serve", "suppliers.yaml", "suppliers.yaml", "--listen", "127.0.0.1:0"]);
    assert_eq!(twice.code, Some(2), "{twice:?}");
    assert!(twice.stderr.contains("are called `suppliers`"), "{twice:?}");
    let missing = world.run(&["serve", "none.yaml", "--listen", "127.0.0.1:0"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    // A server that other machines can reach needs tokens and TLS, or an explicit opt-out.
    let reachable = |more: &[&str]| world.run(&[&["serve", "suppliers.yaml", "--listen", "0.0.0.0:0"], more].concat());
    let bare = reachable(&[]);
    assert_eq!(bare.code, Some(64), "{bare:?}");
    assert!(bare.stderr.contains("--token-file") && bare.stderr.contains("--tls-cert"), "{bare:?}");
    assert_eq!(reachable(&["--insecure-no-tls"]).code, Some(64), "tokens are missing");
    world.write("tokens", "purchasing secret-token\n");
    let hashed = reachable(&["--insecure-no-tls", "--token-file", "tokens"]);
    assert!(hashed.code == Some(64) && hashed.stderr.contains("line 1 of the token file `tokens`"), "{hashed:?}");
    assert!(!hashed.stderr.contains("secret-token"), "{hashed:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = world.run(&["serve", "suppliers.yaml", "--listen", &address]);
    assert!(ended.code == Some(1) && ended.stderr.contains(&format!("cannot listen on {address}")), "{ended:?}");
}
