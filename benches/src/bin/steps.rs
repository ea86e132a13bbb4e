//! Sequential steps over one kept connection beside a bare loop over the same HTTP client: the same requests, in one process.
//!
//! Usage: `steps PORT [SAMPLES [STEPS]]`, with `server` at that port of 127.0.0.1. Each sample is a run of the workflow and a bare
//! loop, one after the other; it prints the CPU time of each per request and the median of the ratios.

#![allow(clippy::print_stdout, reason = "figures are its answer")]

use std::error::Error;
use std::time::Duration;

use arras::{Builder, Engine};
use arras_benches::{Documents, cpu_time};
use arras_run::effect::Status;
use arras_run::run::Limits;

fn documents(port: u16, steps: u64) -> Documents {
    let description = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'http://127.0.0.1:{port}'}}]\npaths:\n  \
         '/items/{{id}}':\n    get:\n      operationId: getItem\n      \
         parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]\n      responses: {{}}\n"
    );
    let step = |number: u64| {
        format!(
            "      - stepId: s{number}\n        operationId: getItem\n        \
             parameters: [{{name: id, in: path, value: {number}}}]\n        \
             successCriteria: [{{condition: $statusCode == 200}}]\n        outputs: {{id: $response.body#/id}}\n"
        )
    };
    let steps: String = (0..steps).map(step).collect();
    let workflow = format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n  - workflowId: w\n    steps:\n{steps}"
    );
    Documents { description, workflow }
}

fn engine(documents: Documents, steps: u64) -> Builder {
    Engine::builder().loader(documents).limits(Limits { max_steps: steps + 1, ..Limits::default() })
}

/// The same requests without anything around the client.
async fn bare(client: &reqwest::Client, port: u16, steps: u64) -> Result<(), reqwest::Error> {
    for number in 0..steps {
        let request = client
            .get(format!("http://127.0.0.1:{port}/items/{number}"))
            .header("accept", "*/*")
            .header("accept-encoding", "gzip, br, zstd")
            .header("user-agent", "bare");
        request.send().await?.bytes().await?;
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn each(time: Duration, steps: u64) -> f64 {
    time.as_secs_f64() * 1e6 / steps as f64
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("the port of `server` is missing")?.parse()?;
    let samples: usize = arguments.next().map_or(Ok(20), |text| text.parse())?;
    let steps: u64 = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let engine = engine(documents(port, steps), steps).build()?;
    let workflow = engine.load("w.yaml").await?.workflow("w")?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    bare(&client, port, 10).await?;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for sample in 0..=samples {
        let start = cpu_time()?;
        // nobody looks at single exchanges, neither here nor beside the bare client
        let outcome = workflow.clone().without_exchanges().observe(|_| {}).await?;
        let between = cpu_time()?;
        bare(&client, port, steps).await?;
        let end = cpu_time()?;
        if outcome.status != Status::Succeeded {
            return Err("the workflow failed".into());
        }
        let (one, other) = (each(between - start, steps), each(end - between, steps));
        // the first is for the caches
        if sample > 0 {
            ours.push(one);
            theirs.push(other);
            ratios.push(one / other);
        }
    }
    println!(
        "arras {:.1} µs CPU a step, bare loop {:.1} µs a request: {:.2} times (medians of {samples} samples of {steps})",
        median(ours),
        median(theirs),
        median(ratios)
    );
    Ok(())
}
