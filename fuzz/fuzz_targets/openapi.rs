//! OpenAPI descriptions: everything that can be asked of one.
#![no_main]

use arras_doc::openapi;
use arras_fuzz::description;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(description) = description(text) else { return };
    for operation in description.operations().take(50) {
        let mut found = Vec::new();
        let _ = operation.parameters(&mut found).iter().map(|one| one.schema().map(|schema| schema.types())).count();
        let _ = operation.request_body(&mut found);
        for response in operation.responses(&mut found).iter() {
            let schemas = response.content.iter().filter_map(|content| content.schema());
            schemas.for_each(|schema| drop(openapi::example_value(&schema, openapi::Direction::Response)));
        }
        let _ = (operation.servers(&mut found), operation.security(&mut found));
        let _ = description.operation_at(operation.pointer());
    }
});
