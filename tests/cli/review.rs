//! `review`: what is listed and what is stored, over real sockets on loopback.

use std::net::SocketAddr;

use matchflow_testkit::http_client::{HttpAnswer, HttpClient};
use serde_json::{Value, json};

use crate::support::{Ended, Running, World};

/// A review in a world.
pub(crate) struct ReviewedWorld {
    pub(crate) world: World,
    server: Running,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl ReviewedWorld {
    /// Reviews the sample, after a run.
    pub(crate) fn sample() -> ReviewedWorld {
        let world = World::sample();
        world.succeed(&["run", "suppliers.yaml"]);
        ReviewedWorld::start(world, "Alice")
    }

    pub(crate) fn start(world: World, reviewer: &str) -> ReviewedWorld {
        let mut server = world.start(&["review", "suppliers.yaml", "--reviewer", reviewer]);
        let mut found = None;
        server.wait_for_line(|line| {
            let parts = line.strip_prefix("http://").and_then(|line| line.split_once("/?token="));
            found = parts.map(|(address, token)| (address.parse().unwrap(), token.to_owned()));
            found.is_some()
        });
        let (address, token) = found.expect("the line has it");
        ReviewedWorld { world, server, address, token }
    }

    /// Waits until the registry can be searched.
    pub(crate) fn wait_for_registry(&mut self) {
        self.server.wait_for_line(|line| line.contains("registry:"));
    }

    fn client(&self) -> HttpClient {
        HttpClient::connect_as(self.address, &self.address.to_string())
    }

    fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [headers, &[("Authorization", bearer.as_str())]].concat();
        self.client().request(method, target, &headers, body.as_bytes())
    }

    pub(crate) fn get(&self, target: &str) -> Value {
        let answer = self.request("GET", target, &[], "");
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        serde_json::from_str(answer.text()).unwrap()
    }

    fn post(&self, target: &str, body: &Value) -> Value {
        let answer = self.request("POST", target, &[], &body.to_string());
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        serde_json::from_str(answer.text()).unwrap()
    }

    fn status(&self, method: &str, target: &str, body: &str) -> u16 {
        self.request(method, target, &[], body).status
    }

    fn decide(&self, key: &str, verdict: &str, by: &str) -> Value {
        self.post("/api/verdicts?outcome=review", &json!({ "key": key, "verdict": verdict, "by": by }))
    }

    pub(crate) fn stop(self) -> (World, Ended) {
        self.server.signal("INT");
        (self.world, self.server.end())
    }

    pub(crate) fn kill(self) -> World {
        self.server.kill();
        self.world
    }
}

fn keys(queue: &Value) -> Vec<&str> {
    queue["rows"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect()
}

pub(crate) const REVIEW: &str = "/api/queue?decision=undecided&outcome=review";

#[test]
fn rows_are_listed_filtered_ordered_and_paged() {
    let reviewed = ReviewedWorld::sample();
    let all = reviewed.get("/api/queue?limit=500&order=file");
    let total = all["total"].as_u64().unwrap();
    assert!(total > 1_000 && keys(&all).len() == 500, "{total}");
    let review = reviewed.get(&format!("{REVIEW}&limit=500"));
    let count = review["total"].as_u64().unwrap() as usize;
    assert!(count > 10 && count < total as usize, "{count}");
    assert_eq!((keys(&review).len(), review["undecided"].as_u64().unwrap() as usize), (count, count));
    // The most uncertain first, and pages of any size give the same rows.
    let doubt = |row: &Value| (row["score"].as_f64().unwrap_or_default() - 0.5).abs();
    assert!(review["rows"].as_array().unwrap().is_sorted_by(|one, other| doubt(one) <= doubt(other) + 1e-9));
    let mut paged = Vec::new();
    while paged.len() < count {
        let page = reviewed.get(&format!("{REVIEW}&limit=7&offset={}", paged.len()));
        paged.extend(keys(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(paged, keys(&review));
    // The page that a row is on.
    let around = reviewed.get(&format!("{REVIEW}&limit=7&key={}", paged[10]));
    assert_eq!((around["offset"].as_u64(), around["place"].as_u64()), (Some(7), Some(10)));
    // Each value of a facet has as many rows as it says.
    for facet in review["facets"].as_array().unwrap() {
        for value in facet["values"].as_array().unwrap().iter().take(3) {
            let (name, word) = (facet["name"].as_str().unwrap(), value["value"].as_str().unwrap());
            let word: String = word.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let base = ["decision=undecided", "outcome=review"];
            let base = base.iter().filter(|parameter| !parameter.starts_with(&format!("{name}="))).copied();
            let query: Vec<String> = base.map(str::to_owned).chain([format!("{name}={word}")]).collect();
            let found = reviewed.get(&format!("/api/queue?{}", query.join("&")));
            assert_eq!(found["total"], value["rows"], "{name} {value}");
        }
    }
    let named = reviewed.get("/api/queue?text=thermlesys");
    assert_eq!(named["total"], 1, "{named}");
    // What is not understood is refused, and named.
    for (target, part) in [
        ("/api/queue?colour=red", "?colour"),
        ("/api/queue?outcome=perhaps", "?outcome"),
        ("/api/queue?limit=0", "?limit"),
        ("/api/queue?order=random", "?order"),
        ("/api/queue?like=nobody", "?like"),
        ("/api/queue?outcome=review&outcome=review", "?outcome"),
    ] {
        let answer = reviewed.request("GET", target, &[], "");
        assert!(answer.status == 422 && answer.text().contains(part), "{target}: {}", answer.text());
    }
    assert_eq!(reviewed.status("GET", "/api/rows/nobody", ""), 404);
    assert_eq!(reviewed.status("GET", "/api/nothing", ""), 404);
    assert_eq!(reviewed.status("DELETE", "/api/queue", ""), 405);
}

#[test]
fn a_row_has_its_candidates_their_differences_and_the_evidence() {
    let reviewed = ReviewedWorld::sample();
    let queue = reviewed.get(REVIEW);
    let row = reviewed.get(&format!("/api/rows/{}?outcome=review", keys(&queue)[0]));
    let candidates = row["candidates"].as_array().unwrap();
    assert!(!candidates.is_empty());
    let best = &candidates[0];
    let sum: f64 = best["steps"].as_array().unwrap().iter().map(|step| step["bits"].as_f64().unwrap()).sum();
    let expected = best["weight"].as_f64().unwrap() - best["prior"].as_f64().unwrap();
    assert!((sum - expected).abs() < 0.1, "{best}");
    for field in row["fields"].as_array().unwrap() {
        let joined = |pieces: &Value| -> String {
            pieces.as_array().unwrap().iter().map(|piece| piece["text"].as_str().unwrap()).collect()
        };
        for pieces in field["row_pieces"].as_array().unwrap() {
            assert_eq!(joined(pieces), field["row"].as_str().unwrap());
        }
        assert_eq!(field["entries"].as_array().unwrap().len(), candidates.len());
    }
    assert_eq!(row["next"], keys(&queue)[1]);
    assert_eq!(row["previous"], Value::Null);
    let french = reviewed.request("GET", "/api/session", &[("Accept-Language", "fr")], "");
    assert!(french.text().contains("Absent du registre"));
}

#[test]
fn a_verdict_is_stored_undone_and_applied_by_the_next_run() {
    let reviewed = ReviewedWorld::sample();
    let queue = reviewed.get(REVIEW);
    let [first, second, third] = [0, 1, 2].map(|place| keys(&queue)[place].to_owned());
    let row = reviewed.get(&format!("/api/rows/{first}"));
    let chosen = row["candidates"][1]["id"].as_str().unwrap().to_owned();
    let body = json!({ "key": first, "verdict": "entry", "entry": chosen, "by": "Alice", "why": "same phone" });
    let recorded = reviewed.post("/api/verdicts?decision=undecided&outcome=review", &body);
    assert_eq!(recorded["next"], second);
    assert_eq!(recorded["row"]["decided"]["kind"], "entry");
    assert_eq!(reviewed.decide(&second, "not_in_registry", "Alice")["row"]["decided"]["by"], "Alice");
    reviewed.decide(&third, "not_a_supplier", "Alice");
    // The last one is undone, and then the one before; a decision of others is not.
    let undone = reviewed.post("/api/undo", &json!({ "by": "Alice" }));
    assert_eq!((undone["row"]["key"].as_str(), undone["rows"].as_u64()), (Some(third.as_str()), Some(1)));
    assert_eq!(reviewed.status("POST", "/api/undo", r#"{"by":"Bob"}"#), 404);
    assert_eq!(reviewed.get(&format!("/api/rows/{third}"))["decided"], Value::Null);
    // A decision again replaces what the same person decided.
    reviewed.decide(&second, "closed", "Alice");
    let decided = reviewed.get(&format!("/api/rows/{second}"))["decided"].clone();
    assert_eq!(decided["verdicts"].as_array().unwrap().len(), 1, "{decided}");
    let (world, ended) = reviewed.stop();
    assert!(ended.stderr.contains("matchflow run"), "{ended:?}");
    world.succeed(&["run", "suppliers.yaml"]);
    let result = |key: &str| -> Value {
        let ended = world.succeed(&["explain", "out/suppliers.duckdb", key, "--json"]);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    assert_eq!(
        (result(&first)["outcome"].as_str(), result(&first)["id"].as_str()),
        (Some("matched"), Some(chosen.as_str()))
    );
    assert_eq!(result(&second)["outcome"], "unmatched");
    assert_eq!(result(&third)["outcome"], "review");
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut reviewed = ReviewedWorld::sample();
    let queue = reviewed.get(&format!("{REVIEW}&limit=500"));
    let all: Vec<String> = keys(&queue).into_iter().map(str::to_owned).collect();
    for part in all.chunks(3).take(4) {
        for key in part {
            reviewed.decide(key, "closed", "Alice");
        }
        // The next one is on its way when the process dies.
        let body = json!({ "key": all.last(), "verdict": "later", "by": "Alice" }).to_string();
        let bearer = format!("Bearer {}", reviewed.token);
        let mut client = reviewed.client();
        client.send("POST", "/api/verdicts", &[("Authorization", bearer.as_str())], body.as_bytes());
        let world = reviewed.kill();
        reviewed = ReviewedWorld::start(world, "Alice");
        for key in part {
            let decided = reviewed.get(&format!("/api/rows/{key}"))["decided"].clone();
            assert_eq!(decided["verdicts"][0]["verdict"], "closed", "{key}");
        }
    }
    assert_eq!(reviewed.get("/api/queue?decision=closed")["total"], 12);
}

#[test]
fn two_people_and_two_servers_see_each_other_and_nobody_is_lost() {
    let reviewed = ReviewedWorld::sample();
    let queue = reviewed.get(REVIEW);
    let [first, second] = [0, 1].map(|place| keys(&queue)[place].to_owned());
    let version = queue["version"].as_u64().unwrap();
    assert_eq!(reviewed.get(&format!("/api/changes?since={version}"))["rows"], json!([]));
    reviewed.decide(&first, "closed", "Alice");
    let changes = reviewed.get(&format!("/api/changes?since={version}"));
    assert_eq!(
        (changes["rows"][0]["key"].as_str(), changes["rows"][0]["decided"]["by"].as_str()),
        (Some(&*first), Some("Alice"))
    );
    // Bob has not been shown Alice's: both stay, and contradict each other.
    let recorded = reviewed.decide(&first, "not_a_supplier", "Bob");
    assert_eq!(recorded["row"]["decided"]["kind"], "contradiction");
    let shown = reviewed.get(&format!("/api/rows/{first}"))["decided"]["verdicts"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 2);
    // Carol has both before her, and decides.
    let knew: Vec<&Value> = shown.as_array().unwrap().iter().map(|verdict| &verdict["record"]).collect();
    let body = json!({ "key": first, "verdict": "not_in_registry", "by": "Carol", "knew": knew });
    assert_eq!(reviewed.post("/api/verdicts", &body)["row"]["decided"]["kind"], "not_in_registry");
    // Who replaces Carol's does not bring back what it has replaced.
    let knew = reviewed.get(&format!("/api/rows/{first}"))["decided"]["verdicts"][0]["record"].clone();
    let body = json!({ "key": first, "verdict": "closed", "by": "Alice", "knew": [knew] });
    assert_eq!(reviewed.post("/api/verdicts", &body)["row"]["decided"]["kind"], "closed");
    // Another process: its decisions are there with the next look.
    let csv = format!("key,verdict\n{second},later\n");
    reviewed.world.write("more.csv", csv);
    reviewed.world.succeed(&["decisions", "import", "suppliers.yaml", "more.csv", "--by", "Dora"]);
    let version = changes["version"].as_u64().unwrap();
    let changes = reviewed.get(&format!("/api/changes?since={version}"));
    let of_second = changes["rows"].as_array().unwrap().iter().find(|row| row["key"] == second.as_str());
    assert_eq!(of_second.unwrap()["decided"]["by"], "Dora");
    assert_eq!(reviewed.get("/api/queue?by=Dora")["total"], 1);
    // A run may use the results meanwhile; then the review has to begin again, and says so.
    reviewed.world.succeed(&["run", "suppliers.yaml", "--wait"]);
    assert_eq!(reviewed.get("/api/changes?since=1")["outdated"], true);
    assert_eq!(reviewed.status("GET", &format!("/api/rows/{second}"), ""), 409);
}

#[test]
fn all_filtered_rows_are_decided_as_they_were_counted_and_undone_at_once() {
    let reviewed = ReviewedWorld::sample();
    let target = "/api/bulk?decision=undecided&outcome=review&score=10";
    let preview = reviewed.get(target);
    let (rows, proposals) = (preview["rows"].as_u64().unwrap(), preview["with_proposal"].as_u64().unwrap());
    assert!(rows >= 3 && proposals <= rows, "{preview}");
    assert_eq!(preview["samples"].as_array().unwrap().len() as u64, rows.min(20));
    // Another number than was counted: nothing is decided.
    let body = |rows: u64| json!({ "verdict": "not_in_registry", "by": "Alice", "rows": rows });
    assert_eq!(reviewed.status("POST", target, &body(rows + 1).to_string()), 409);
    assert_eq!(reviewed.get("/api/queue?decision=not_in_registry")["total"], 0);
    let done = reviewed.post(target, &body(rows));
    assert_eq!(done["rows"], rows);
    assert_eq!(reviewed.get("/api/queue?decision=not_in_registry")["total"], rows);
    assert_eq!(reviewed.get(target)["rows"], 0);
    let undone = reviewed.post("/api/undo", &json!({ "by": "Alice", "act": done["act"] }));
    assert_eq!(undone["rows"], rows);
    assert_eq!(reviewed.get("/api/queue?decision=not_in_registry")["total"], 0);
    // Each with its own proposal.
    let body = json!({ "verdict": "entry", "by": "Alice", "rows": proposals });
    assert_eq!(reviewed.post(target, &body)["rows"], proposals);
    let accepted = reviewed.get("/api/queue?decision=entry&limit=500");
    let accepted: Vec<String> = keys(&accepted).into_iter().map(str::to_owned).collect();
    assert_eq!(accepted.len() as u64, proposals);
    for verdict in ["other_establishment", "same"] {
        let body = json!({ "verdict": verdict, "by": "Alice", "rows": 0 }).to_string();
        assert_eq!(reviewed.status("POST", target, &body), 422, "{verdict}");
    }
    let (world, _) = reviewed.stop();
    let ended = world.succeed(&["run", "suppliers.yaml"]);
    let summary = format!("{}{}", ended.stdout, ended.stderr);
    assert!(summary.contains(&format!("decisions: {proposals} applied")), "{ended:?}");
}

#[test]
fn any_entry_of_the_registry_can_be_found_and_chosen() {
    let mut reviewed = ReviewedWorld::sample();
    reviewed.wait_for_registry();
    let key = keys(&reviewed.get(REVIEW))[0].to_owned();
    let found = reviewed.get("/api/search?q=garage&limit=5");
    let entries = found["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 5);
    let id = entries[4]["id"].as_str().unwrap();
    assert_eq!(reviewed.get(&format!("/api/search?q={id}"))["entries"][0]["id"], id);
    let recorded =
        reviewed.post("/api/verdicts", &json!({ "key": key, "verdict": "entry", "entry": id, "by": "Alice" }));
    assert_eq!(recorded["row"]["decided"]["kind"], "entry");
    let id = id.to_owned();
    let (world, _) = reviewed.stop();
    world.succeed(&["run", "suppliers.yaml"]);
    let ended = world.succeed(&["explain", "out/suppliers.duckdb", &key, "--json"]);
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((result["outcome"].as_str(), result["id"].as_str()), (Some("matched"), Some(id.as_str())));
}

#[test]
fn a_request_that_is_not_understood_decides_nothing() {
    let mut reviewed = ReviewedWorld::sample();
    reviewed.wait_for_registry();
    let key = keys(&reviewed.get(REVIEW))[0].to_owned();
    let long = "x".repeat(3_000);
    for (body, status) in [
        (json!("text"), 400),
        (json!({ "key": key, "verdict": "perhaps", "by": "Alice" }), 400),
        (json!({ "key": key, "verdict": "later", "by": "Alice", "more": 1 }), 400),
        (json!({ "key": key, "verdict": "later" }), 400),
        (json!({ "key": key, "verdict": "later", "by": " " }), 422),
        (json!({ "key": key, "verdict": "later", "by": "a\u{1b}b" }), 422),
        (json!({ "key": key, "verdict": "later", "by": "Alice", "why": long }), 422),
        (json!({ "key": "nobody", "verdict": "later", "by": "Alice" }), 404),
        (json!({ "key": key, "verdict": "entry", "by": "Alice" }), 422),
        (json!({ "key": key, "verdict": "entry", "entry": "99999999999999", "by": "Alice" }), 422),
        (json!({ "key": key, "verdict": "later", "entry": "99999999999999", "by": "Alice" }), 422),
        (json!({ "key": key, "verdict": "same", "by": "Alice" }), 422),
    ] {
        assert_eq!(reviewed.status("POST", "/api/verdicts", &body.to_string()), status, "{body}");
    }
    assert_eq!(
        reviewed.status(
            "POST",
            "/api/verdicts?outcome=x",
            &json!({ "key": key, "verdict": "later", "by": "A" }).to_string()
        ),
        422
    );
    assert_eq!(reviewed.status("POST", "/api/verdicts", &" ".repeat(70_000)), 413);
    assert_eq!(reviewed.get("/api/queue?decision=undecided")["total"], reviewed.get("/api/queue")["total"]);
}
