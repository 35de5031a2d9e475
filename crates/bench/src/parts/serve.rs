//! `matchflow bench serve`: requests of one row at a fixed rate, and the time of each from when it should have been
//! sent.
//!
//! An open loop: requests are due at fixed times, whether or not earlier ones have been answered, and the wait for a
//! free connection counts. A closed loop, which sends the next request when the last one is answered, would omit the
//! worst times.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use matchflow_ingest::open_source;
use matchflow_model::arrow::util::display::{ArrayFormatter, FormatOptions};
use matchflow_model::plan::Plan;
use serde_json::{Map, Value, json};

use crate::{BenchError, BenchHost, BenchServeArgs};

/// Maximum number of rows read from the supplier file; requests repeat them.
const ROWS_MAX: usize = 20_000;
/// Rows per batch of the supplier file.
const BATCH_ROWS: usize = 8_192;
/// Requests for each second of `--seconds` if they are not sent at a fixed rate.
const UNBOUNDED_RATE: f64 = 1_000.0;
/// Time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The server in a URL.
struct Target {
    authority: String,
    path: String,
}

impl Target {
    fn parse(url: &str, pipeline: &str) -> Result<Target, BenchError> {
        let rest = url.strip_prefix("http://").ok_or_else(|| {
            BenchError::Usage(format!("`{url}` must begin with http:// (the load generator does not speak TLS)"))
        })?;
        let authority = rest.split('/').next().unwrap_or_default().to_owned();
        Ok(Target { authority, path: format!("/v1/{pipeline}/match") })
    }
}

/// The result of one request.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// From when it was due until its answer.
    time: Duration,
    status: u16,
}

/// Sends requests to a running server and prints how long they took.
pub(crate) fn bench_serve(args: &BenchServeArgs, host: &dyn BenchHost) -> Result<(), BenchError> {
    let plan = host.load(&args.pipeline, args.set.clone())?.plan;
    let target = Target::parse(&args.url, &plan.name)?;
    let requests = requests(&plan, &target)?;
    host.message(&format!("[bench] {} rows of `{}`, repeated as needed", requests.len(), plan.source.table));
    if args.rate.is_nan() || args.rate <= 0.0 {
        return Err(BenchError::Usage(format!("--rate must be above 0, and is {}", args.rate)));
    }
    let rate = if args.rate.is_finite() { args.rate } else { UNBOUNDED_RATE };
    let count = (rate * args.seconds as f64).ceil().max(1.0) as usize;
    // Warms up plug-ins and memory before measuring.
    send_all(&target, &requests, count.min(500), f64::INFINITY, args.connections)?;
    let began = Instant::now();
    let samples = send_all(&target, &requests, count, args.rate, args.connections)?;
    let figures = figures(&samples, args.rate, began.elapsed());
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{figures}")?;
        return Ok(());
    }
    for (name, value) in figures.as_object().into_iter().flatten() {
        writeln!(out, "{name:>16}  {value}")?;
    }
    Ok(())
}

/// The bytes of a request for each row of the supplier file, by field.
fn requests(plan: &Plan, target: &Target) -> Result<Vec<Vec<u8>>, BenchError> {
    const OPTIONS: FormatOptions<'static> = FormatOptions::new();
    let failed = |error: &(dyn std::error::Error + 'static)| BenchError::failed("reading the supplier file", error);
    let mut source = open_source(&plan.source, BATCH_ROWS).map_err(|error| failed(&error))?;
    let mut requests = Vec::new();
    while let Some(batch) = source.next_batch().map_err(|error| failed(&error))? {
        let mut columns = Vec::new();
        for field in &plan.source.fields {
            let Some(column) = batch.rows.column_by_name(&field.name) else { continue };
            let formatter = ArrayFormatter::try_new(column.as_ref(), &OPTIONS).map_err(|error| failed(&error))?;
            columns.push((field.name.as_str(), column, formatter));
        }
        for row in 0..batch.rows.num_rows() {
            let filled = columns.iter().filter(|(_, column, _)| column.is_valid(row));
            let cells = filled
                .map(|(name, _, formatter)| ((*name).to_owned(), Value::String(formatter.value(row).to_string())));
            let cells: Map<String, Value> = cells.collect();
            if !cells.is_empty() {
                requests.push(request(target, &json!({ "rows": [cells] }).to_string()));
            }
        }
        if requests.len() >= ROWS_MAX {
            break;
        }
    }
    if requests.is_empty() {
        return Err(BenchError::Failed(format!("the supplier file `{}` has no rows to send", plan.source.table)));
    }
    Ok(requests)
}

fn request(target: &Target, body: &str) -> Vec<u8> {
    let Target { authority, path } = target;
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Sends `count` requests at `rate` per second over several connections.
fn send_all(
    target: &Target,
    requests: &[Vec<u8>],
    count: usize,
    rate: f64,
    connections: usize,
) -> Result<Vec<Sample>, BenchError> {
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let send = || -> std::io::Result<Vec<Sample>> {
        let mut connection = Connection::open(&target.authority)?;
        let mut samples = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(samples);
            }
            let due =
                if rate.is_finite() { began + Duration::from_secs_f64(number as f64 / rate) } else { Instant::now() };
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let Some(request) = requests.get(number % requests.len()) else { continue };
            let status = connection.send(request)?;
            samples.push(Sample { time: due.elapsed(), status });
        }
    };
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections.max(1)).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut samples = Vec::with_capacity(count);
    for result in results {
        let sent = result.map_err(|_| BenchError::Failed("a connection of the load generator failed".to_owned()))?;
        samples.extend(sent.map_err(|error| BenchError::failed("sending requests to the server", &error))?);
    }
    Ok(samples)
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(authority: &str) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Sends a request and reads its answer to the end; returns the status.
    fn send(&mut self, request: &[u8]) -> std::io::Result<u16> {
        let closed = || std::io::Error::other("the server closed the connection, or sent what is not HTTP");
        self.0.get_mut().write_all(request)?;
        let (mut line, mut status, mut length) = (String::new(), None, 0);
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(closed());
            }
            let text = line.trim_end();
            match (status, text.split_once(':')) {
                (None, _) => {
                    status = Some(text.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(closed)?)
                }
                (Some(_), Some((name, value))) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(std::io::Error::other)?;
                }
                (Some(status), None) if text.is_empty() => {
                    std::io::copy(&mut self.0.by_ref().take(length), &mut std::io::sink())?;
                    return Ok(status);
                }
                _ => {}
            }
        }
    }
}

/// The figures of a measurement.
fn figures(samples: &[Sample], rate: f64, elapsed: Duration) -> Value {
    let mut times: Vec<f64> = samples.iter().map(|sample| sample.time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let place = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len().max(1)) - 1;
        (times.get(place).copied().unwrap_or_default() * 1e3).round() / 1e3
    };
    let answered = samples.iter().filter(|sample| sample.status == 200).count();
    json!({
        "rate_per_s": if rate.is_finite() { json!(rate) } else { json!("as many as are answered") },
        "requests": samples.len(),
        "answered": answered,
        "refused_429": samples.iter().filter(|sample| sample.status == 429).count(),
        "answered_per_s": (answered as f64 / elapsed.as_secs_f64().max(1e-9)).round(),
        "p50_ms": percentile(0.5),
        "p90_ms": percentile(0.9),
        "p99_ms": percentile(0.99),
        "p999_ms": percentile(0.999),
        "max_ms": percentile(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_requests() {
        let sample = |ms: u64| Sample { time: Duration::from_millis(ms), status: if ms > 99 { 429 } else { 200 } };
        let samples: Vec<Sample> = (1..=100).rev().map(sample).collect();
        let figures = figures(&samples, 10.0, Duration::from_secs(10));
        assert_eq!(figures["p50_ms"], 50.0);
        assert_eq!(figures["p99_ms"], 99.0);
        assert_eq!(figures["max_ms"], 100.0);
        assert_eq!((&figures["answered"], &figures["refused_429"]), (&json!(99), &json!(1)));
        assert_eq!(super::figures(&[], 1.0, Duration::ZERO)["p50_ms"], 0.0);
    }

    #[test]
    fn a_url_contains_only_the_server() {
        let target = Target::parse("http://127.0.0.1:8080/", "p").unwrap();
        assert_eq!((target.authority.as_str(), target.path.as_str()), ("127.0.0.1:8080", "/v1/p/match"));
        assert!(Target::parse("https://x", "p").is_err());
    }
}
