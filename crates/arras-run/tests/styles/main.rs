//! Every style, explode, type and location as it stands in a request: the tables of the OpenAPI texts, and agreement with
//! an independent implementation.

#[path = "../support/mod.rs"]
mod support;

mod differential;
mod expansion;
mod tables;

use arras_doc::openapi::{Location, Style};
use arras_doc::value::Value;
use arras_run::effect::{Effect, Turn};
use arras_run::exchange::header;
use arras_run::plan::PlanOptions;
use arras_run::run::{Limits, Run};
use arras_run::time::Timestamp;

use support::{ENTRY, plan};

/// A value for the parameter `color`.
#[derive(Debug)]
struct Case {
    location: Location,
    style: Style,
    explode: bool,
    allow_reserved: bool,
    value: Value,
}

impl Case {
    fn new(location: Location, style: Style, explode: bool, value: &Value) -> Case {
        Case { location, style, explode, allow_reserved: false, value: value.clone() }
    }

    /// What stands for the parameter in its place of the request; in a path behind the first letters of a segment.
    ///
    /// # Errors
    /// Why there is no request.
    fn spelled(&self) -> Result<String, String> {
        let Case { location, style, explode, allow_reserved, .. } = self;
        let (location, required) = (location.as_str(), *location == Location::Path);
        let api = format!(
            "{{openapi: 3.2.0, info: {{title: t, version: '1'}}, paths: {{'/x/p{}': {{get: {{operationId: o, responses: {{}}, parameters: \
             [{{name: color, in: {location}, style: {}, explode: {explode}, allowReserved: {allow_reserved}, required: {required}, \
             schema: {{}}}}]}}}}}}}}",
            if required { "{color}" } else { "" },
            style.as_str(),
        );
        let flow = format!(
            "{{arazzo: 1.0.1, info: {{title: t, version: '1'}}, sourceDescriptions: [{{name: a, url: a.yaml, type: openapi}}], \
             workflows: [{{workflowId: w, inputs: {{type: object, properties: {{v: {{}}}}}}, steps: [{{stepId: s, operationId: o, \
             parameters: [{{name: color, in: {location}, value: $inputs.v}}]}}]}}]}}"
        );
        let load = |url: &str| if url == ENTRY { flow.clone() } else { api.clone() };
        let planned = plan(&load, None, PlanOptions::default());
        let inputs = [("v".to_owned(), self.value.clone())].into_iter().collect();
        let run = Run::new(planned.plan.expect("a plan"), inputs, Limits::default(), Timestamp(0));
        let mut run = run.expect("inputs that fit");
        match run.turn() {
            Turn::Perform(Effect::Send(send)) => Ok(self.place(&send.request.url, &send.request.headers)),
            turn => Err(format!("{turn:?}")),
        }
    }

    fn place(&self, url: &str, headers: &[(String, String)]) -> String {
        let rest = url.strip_prefix("https://api.example/x/p").expect("the URL of the operation");
        match self.location {
            Location::Path => rest.to_owned(),
            Location::Header => header(headers, "color").unwrap_or_default(),
            Location::Cookie => header(headers, "cookie").unwrap_or_default(),
            Location::Query | Location::Querystring => rest.strip_prefix('?').unwrap_or(rest).to_owned(),
        }
    }
}
