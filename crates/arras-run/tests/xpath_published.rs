//! The XPath criteria that people publish, over answers such as their services give.

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;

use std::borrow::Cow;

use arras_doc::expression::{Expression, SelectorLanguage};
use arras_doc::value::Value;
use arras_doc::xpath::Version;
use arras_run::criterion::XPathCondition;
use arras_run::resolve::Resolve;
use shared_data::shared;

struct Nothing;

impl Resolve for Nothing {
    fn resolve(&self, _: &Expression) -> Option<Cow<'_, Value>> {
        None
    }
}

fn is_satisfied(condition: &str, version: Version, answer: &str) -> bool {
    let parsed = XPathCondition::parse(condition, version).unwrap_or_else(|error| panic!("{condition}: {error}"));
    let judgement = parsed.evaluate(Some(&Value::from(answer)), &Nothing);
    judgement.unwrap_or_else(|error| panic!("{condition}: {error}")).satisfied
}

/// Part of a condition, an answer that satisfies it, one that does not.
const ANSWERS: &[(&str, &str, &str)] = &[
    ("//token[text()]", "<s><token>t</token></s>", "<s><token/></s>"),
    ("/root/id", "<root><id>4711</id><name>Chocolate</name></root>", "<root><id>4712</id></root>"),
    ("//pet[", "<pets><pet><id>1</id></pet></pets>", "<pets><pet><id>2</id></pet></pets>"),
    ("TotalCount", "<ListCustomersResponse><TotalCount>0</TotalCount></ListCustomersResponse>", "<Error/>"),
    ("//GetCustomer", "<GetCustomerResponse><Customer><Id>1</Id></Customer></GetCustomerResponse>", "<Error/>"),
    ("//CreateCustomer", "<CreateCustomerResponse><Customer><Id/></Customer></CreateCustomerResponse>", "<Error/>"),
    ("//UpdateCustomer", "<UpdateCustomerResponse><Customer><Name/></Customer></UpdateCustomerResponse>", "<Error/>"),
    ("//DeleteCustomer", "<DeleteCustomerResponse><Success>false</Success></DeleteCustomerResponse>", "<Error/>"),
];

#[test]
fn published_criteria_tell_good_answers_from_bad() {
    let Some(shared) = shared("") else { return };
    let text = std::fs::read_to_string(shared.join("spec/corpus-conditions.json")).expect("the conditions");
    let all = Value::from_json(&text).expect("JSON");
    let mut count = 0;
    for criterion in all.get("criteria").and_then(Value::as_array).expect("criteria") {
        let text = |name: &str| criterion.get(name).and_then(Value::as_str).unwrap_or_default();
        let language = match text("type") {
            "xpath" => Some(SelectorLanguage::XPath31),
            object => Value::from_json(object).ok().and_then(|object| {
                SelectorLanguage::find(object.get("type")?.as_str()?, object.get("version")?.as_str())
            }),
        };
        let Some(version) = language.and_then(Version::of) else { continue };
        let condition = text("condition");
        let row = ANSWERS.iter().find(|row| condition.contains(row.0));
        let (_, good, bad) = row.unwrap_or_else(|| panic!("no answers for `{condition}`"));
        assert!(is_satisfied(condition, version, good), "{condition}");
        assert!(!is_satisfied(condition, version, bad), "{condition}");
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn a_listing_of_s3_satisfies_the_criteria_about_it() {
    let Some(shared) = shared("") else { return };
    let text = std::fs::read_to_string(shared.join("aws/dynamodb-s3/workflow.arazzo.yaml")).expect("the workflow");
    let mut version = None;
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("{type: xpath, version: ") {
            let name = rest.trim_end_matches('}');
            version = SelectorLanguage::find("xpath", Some(name)).and_then(Version::of);
        }
        let Some(version) = version else { continue };
        if let Some(condition) = line.strip_prefix("condition: \"").and_then(|rest| rest.strip_suffix('"')) {
            let listing = |key: &str| {
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
                     xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><KeyCount>1</KeyCount>{key}\
                     </ListBucketResult>"
                )
            };
            let contents = "<Contents><Key>a b+c.txt</Key><Size>3</Size></Contents>";
            assert!(is_satisfied(condition, version, &listing(contents)), "{condition}");
            assert!(!is_satisfied(condition, version, &listing("")), "{condition}");
            count += 1;
        }
    }
    assert_eq!(count, 2);
}
