//! How much of a bare HTTP client's rate the load mode reaches, and whether its percentiles are the server's own.
//!
//! One run, one server, the same number of connections: a bare loop over the HTTP client and `arras test` with as many virtual
//! users on a workflow of one step with one criterion take turns, each as a process of its own, and `wrk` follows where it is
//! installed. Then the server answers
//! after delays of its own choosing and keeps a log, with which the percentiles are compared.
//!
//! `cargo bench -p arras-cli --bench load`, with seconds for each part and connections as arguments.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often the two are compared.
const ROUNDS: usize = 20;
/// What this program is called with to be the bare loop.
const BARE: &str = "bare";
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

/// A server that answers at once, or after delays that it draws from a list, each of which it logs.
struct Server {
    address: String,
    slow: AtomicBool,
    requests: AtomicU64,
    log: Mutex<Vec<f64>>,
}

impl Server {
    fn start() -> Arc<Server> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Arc::new(Server {
            address: listener.local_addr().unwrap().to_string(),
            slow: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            log: Mutex::default(),
        });
        let serving = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = Arc::clone(&serving);
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        server
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line != "\r\n" {
                continue;
            }
            let began = Instant::now();
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            let slow = self.slow.load(Ordering::Relaxed);
            if slow {
                // nine in ten are quick, one in a hundred is slow
                let delay = [20, 5, 5, 5, 5, 5, 5, 5, 5, 5][usize::try_from(number % 10).unwrap_or(0)];
                std::thread::sleep(Duration::from_millis(if number % 50 == 7 { 60 } else { delay }));
            }
            let mut writer = stream;
            writer.write_all(ANSWER.as_bytes()).ok()?;
            if slow {
                self.log.lock().unwrap().push(began.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
}

/// What each request of the command has beside what the client itself sends.
const AGENT: &str = concat!("arras/", env!("CARGO_PKG_VERSION"));
const CODINGS: &str = "gzip, br, zstd";

/// Requests a second of a bare loop in a process of its own, as the command is one.
fn bare(url: &str, connections: usize, seconds: u64) -> f64 {
    let program = std::env::current_exe().unwrap();
    let output =
        Command::new(program).args([BARE, url, &connections.to_string(), &seconds.to_string()]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

/// Requests a second of a bare loop: as many connections, as many threads, and the same bytes.
fn bare_loop(url: &str, connections: usize, seconds: u64) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(connections);
    let until = Instant::now() + Duration::from_secs(seconds);
    let began = Instant::now();
    let counts: u64 = std::thread::scope(|scope| {
        let work = |own: usize| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = reqwest::Client::builder().no_proxy().user_agent(AGENT).build().unwrap();
                let tasks: Vec<_> = (0..own)
                    .map(|_| {
                        let (client, url) = (client.clone(), url.to_owned());
                        tokio::spawn(async move {
                            let mut count = 0_u64;
                            while Instant::now() < until {
                                let response =
                                    client.get(&url).header("accept-encoding", CODINGS).send().await.unwrap();
                                assert!(response.status().is_success());
                                response.bytes().await.unwrap();
                                count += 1;
                            }
                            count
                        })
                    })
                    .collect();
                let mut all = 0;
                for task in tasks {
                    all += task.await.unwrap();
                }
                all
            })
        };
        let threads: Vec<_> = (0..threads)
            .map(|thread| connections / threads + usize::from(thread < connections % threads))
            .map(|own| scope.spawn(move || work(own)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    counts as f64 / began.elapsed().as_secs_f64()
}

fn workflow(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join("load.arazzo.yaml");
    std::fs::write(
        &file,
        "arazzo: 1.0.1\ninfo: {title: Load, version: 1.0.0}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\n\
         workflows:\n- workflowId: load\n  steps:\n  - stepId: get\n    operationId: get\n    successCriteria:\n    - condition: $statusCode == 200\n",
    )
    .unwrap();
    std::fs::write(
        folder.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: API, version: 1.0.0}\nservers: [{url: 'http://127.0.0.1'}]\npaths:\n  /get:\n    get:\n      \
         operationId: get\n      responses: {'200': {description: ok}}\n",
    )
    .unwrap();
    file
}

fn arras(file: &Path, address: &str, users: usize, seconds: u64) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(["test", "-q", "--output", "json", "--check-response", "off"])
        .arg(file)
        .args([
            format!("--server=http://{address}"),
            format!("--virtual-users={users}"),
            format!("--duration={seconds}s"),
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn wrk(url: &str, connections: usize, seconds: u64) -> Option<f64> {
    let output =
        Command::new("wrk").args(["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), url]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok())
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// The one in the middle, or what is midway between the two.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    f64::midpoint(numbers[(numbers.len() - 1) / 2], numbers[numbers.len() / 2])
}

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [kind, url, connections, seconds] = arguments.as_slice()
        && kind == BARE
    {
        println!("{}", bare_loop(url, connections.parse().unwrap(), seconds.parse().unwrap()));
        return;
    }
    let numbers: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(2);
    let connections = numbers.get(1).copied().unwrap_or(16) as usize;
    let server = Server::start();
    let url = format!("http://{}/get", server.address);
    let file = workflow(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("load"));
    bare(&url, connections, 1);
    // the two take turns, so that what else the machine does falls on both
    let (mut bares, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (bare, ours_now) = (
            bare(&url, connections, seconds),
            arras(&file, &server.address, connections, seconds)["requestsPerSecond"].as_f64().unwrap(),
        );
        bares.push(bare);
        ours.push(ours_now);
        ratios.push(ours_now / bare);
    }
    let (bare, ours, ratio) = (median(&mut bares), median(&mut ours), median(&mut ratios));
    println!("{connections} connections, {seconds} s, medians of {ROUNDS} pairs");
    println!("  bare loop        {bare:>10.0} requests/s");
    println!(
        "  arras test       {ours:>10.0} requests/s   {ratio:.2} of the bare loop beside it, {:.2} to {:.2} (goal: 0.80)",
        ratios[0],
        ratios[ROUNDS - 1]
    );
    match wrk(&url, connections, seconds) {
        Some(rate) => println!("  wrk              {rate:>10.0} requests/s"),
        None => println!("  wrk              not installed"),
    }
    server.slow.store(true, Ordering::Relaxed);
    let told = arras(&file, &server.address, connections, seconds);
    let mut log = server.log.lock().unwrap().clone();
    log.sort_by(f64::total_cmp);
    println!(
        "percentiles in ms, the server's log ({} requests) and what the load says ({})",
        log.len(),
        told["requests"]
    );
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        let said = told["steps"][0]["durationMs"][name].as_f64().unwrap();
        println!("  {name}   {:>8.2}   {said:>8.2}", percentile(&log, share));
    }
}
