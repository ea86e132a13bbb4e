//! Thousands of runs at a time through the library: none is lost, and no run gets another's cookies or tokens.
//!
//! Usage: `runs PORT [RUNS]`, with `server` at that port of 127.0.0.1. Each run logs in, keeps the cookie that it is given, and asks
//! who it is by token and cookie. It prints how many came out right, and the most memory that the process has held.

#![allow(clippy::print_stdout, reason = "figures are its answer")]

use std::error::Error;
use std::time::Instant;

use arras::{Cookies, Engine, NetworkSettings, Settings};
use arras_benches::{Documents, cpu_time, peak_memory};
use arras_run::effect::Status;
use tokio::task::JoinSet;

fn documents() -> Documents {
    let workflow = include_str!("../../../tests/support/session.arazzo.yaml");
    let description = include_str!("../../../tests/support/session.openapi.yaml");
    Documents { description: description.to_owned(), workflow: workflow.to_owned() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("the port of `server` is missing")?.parse()?;
    let count: usize = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let network = NetworkSettings { cookies: Cookies::Kept, ..NetworkSettings::default() };
    let server = format!("http://127.0.0.1:{port}");
    let settings = Settings { network, ..Settings::default() };
    let engine = Engine::builder().settings(settings).loader(documents()).server(None, &server).build()?;
    let workflow = engine.load("w.yaml").await?.workflow("w")?;
    let (started, before) = (Instant::now(), cpu_time()?);
    let mut runs = JoinSet::new();
    for number in 0..count {
        let run = workflow.clone().input("run", format!("run-{number}"));
        runs.spawn(async move { (number, run.observe(|_| {}).await) });
    }
    let (mut right, mut crossed, mut lost) = (0, 0, 0);
    while let Some(ended) = runs.join_next().await {
        let (number, outcome) = ended?;
        let outcome = outcome?;
        let told = outcome.outputs.get("run").and_then(|run| run.as_str()).map(str::to_owned);
        match told {
            Some(told) if told == format!("run-{number}") && outcome.status == Status::Succeeded => right += 1,
            Some(_) => crossed += 1,
            None => lost += 1,
        }
    }
    println!(
        "{right} of {count} runs came out right, {crossed} got what was another's, {lost} were lost; {:.1} s, {:.1} s CPU, at most {:.0} MiB",
        started.elapsed().as_secs_f64(),
        (cpu_time()? - before).as_secs_f64(),
        peak_memory()? as f64 / 1_048_576.0
    );
    if right == count { Ok(()) } else { Err("not all runs came out right".into()) }
}
