//! Expressions over a document, evaluated here and by libxml2 through Python's lxml, where that is installed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use arras_doc::xpath::{Version, parse};
use arras_run::xpath::{NodeKind, Worth, evaluate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const DOCUMENT: &str = "<r xmlns:p='u' i='0'><a i='1'>one<b>2</b> <b j='x'>3.5</b><!--c--></a><p:a p:i='2' i='4'><b/><?go now?>t</p:a>\
    <a><a i='3'><b>2</b></a>\n<c>&lt;é</c></a></r>";

/// Reads expressions, one a line; writes for each its value, of nodes their texts. `!` stands for an error.
const SCRIPT: &str = r#"
import sys
from lxml import etree
root = etree.fromstring(sys.argv[1]).getroottree()
def text(n):
    if isinstance(n, tuple): return n[1]
    if isinstance(n, str): return str(n)
    if isinstance(n, (etree._Comment, etree._ProcessingInstruction)): return n.text or ''
    return n.xpath('string()')
for line in sys.stdin:
    try:
        v = root.xpath(line.rstrip('\n'), namespaces={'p': 'u'}, smart_strings=False)
    except Exception as e:
        print('!'); continue
    if isinstance(v, list): v = '%d:%s' % (len(v), '|'.join(text(n) for n in v))
    elif isinstance(v, bool): v = str(v).lower()
    elif isinstance(v, float): v = 'NaN' if v != v else repr(round(v, 9) + 0.0)
    print(ascii(v))
"#;

fn step() -> impl Strategy<Value = String> {
    let axis = proptest::sample::select(vec![
        "",
        "",
        "",
        "@",
        "self::",
        "descendant::",
        "descendant-or-self::",
        "ancestor::",
        "ancestor-or-self::",
        "parent::",
        "following::",
        "preceding::",
        "following-sibling::",
        "preceding-sibling::",
        "child::",
        "attribute::",
    ]);
    let test = proptest::sample::select(vec!["*", "a", "b", "p:a", "p:*", "node()", "text()", "comment()", "i", "j"]);
    let predicate = prop_oneof![
        5 => Just(String::new()),
        1 => proptest::sample::select(vec!["[1]", "[2]", "[last()]", "[position() > 1]", "[@i]", "[b = 2]", "[. = '2']", "[not(*)]",
            "[@i > 1]", "[../@i]", "[string-length() > 1]", "[b][1]", "[position() = last() - 1]", "[contains(., '3')]"]).prop_map(str::to_owned),
    ];
    (axis, test, predicate).prop_map(|(axis, test, predicate)| format!("{axis}{test}{predicate}"))
}

fn expression() -> impl Strategy<Value = String> {
    let separator = proptest::sample::select(vec!["/", "/", "//"]);
    let path = (separator.clone(), proptest::collection::vec((step(), separator), 1..4)).prop_map(|(first, steps)| {
        let mut path = first.to_owned();
        for (at, (step, separator)) in steps.iter().enumerate() {
            let _ = write!(path, "{}{step}", if at == 0 { "" } else { separator });
        }
        path
    });
    let path = path.boxed();
    let scalar = proptest::sample::select(vec!["1", "2", "'2'", "'one'", "-1", "0", "''", "true()", "3.5", "0 div 0"])
        .prop_map(str::to_owned);
    let operand = prop_oneof![3 => path.clone(), 2 => scalar].boxed();
    let operator = proptest::sample::select(vec!["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "and", "or", "mod"]);
    let function = proptest::sample::select(vec![
        "string",
        "number",
        "boolean",
        "not",
        "string-length",
        "normalize-space",
        "floor",
        "round",
        "ceiling",
    ]);
    prop_oneof![
        4 => path.clone(),
        2 => (path.clone(), path.clone()).prop_map(|(one, other)| format!("{one} | {other}")),
        3 => (operand.clone(), operator, operand.clone()).prop_map(|(left, operator, right)| format!("({left}) {operator} ({right})")),
        2 => (function, operand.clone()).prop_map(|(function, operand)| format!("{function}({operand})")),
        1 => path.clone().prop_map(|path| format!("count({path})")),
        1 => path.clone().prop_map(|path| format!("sum({path})")),
        1 => path.prop_map(|path| format!("name(({path})[last()])")),
        1 => (operand.clone(), operand).prop_map(|(text, part)| format!("substring-after({text}, {part})")),
    ]
}

fn ours(text: &str) -> String {
    let document = arras_run::xml::parse(DOCUMENT).expect("XML");
    let Ok(xpath) = parse(text, Version::V1_0) else { return "!".to_owned() };
    match evaluate(&xpath, &document, &[]) {
        Ok(Worth::Number(number)) if number.is_nan() => "NaN".to_owned(),
        Ok(Worth::Number(number)) => format!("{:?}", (number * 1e9).round() / 1e9 + 0.0),
        Ok(Worth::Nodes(nodes)) => {
            // lxml leaves the document itself out
            let nodes = nodes.iter().filter(|node| node.kind(&document) != NodeKind::Root);
            let texts = nodes.map(|node| Worth::Nodes(vec![*node]).to_value(&document).unwrap_or_default());
            let texts: Vec<String> = texts.map(|text| text.to_text().into_owned()).collect();
            format!("{}:{}", texts.len(), texts.join("|"))
        }
        Ok(worth) => worth.to_value(&document).unwrap_or_default().to_text().into_owned(),
        Err(_) => "!".to_owned(),
    }
}

/// The text as Python's `ascii` writes it, quotes left out.
fn unquoted(line: &str) -> String {
    let inner = line.trim_matches(['\'', '"']);
    inner.replace("\\n", "\n").replace("\\xe9", "é").replace("\\'", "'")
}

#[test]
fn values_are_those_of_libxml2() {
    let python = Command::new("python3").args(["-c", "import lxml.etree"]).stderr(Stdio::null()).status();
    if !python.is_ok_and(|status| status.success()) {
        return println!("skipped: python3 with lxml is not installed here");
    }
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = expression();
    let expressions: Vec<String> =
        (0..4000).map(|_| strategy.new_tree(&mut runner).expect("an expression").current()).collect();
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT, DOCUMENT])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut input = child.stdin.take().expect("its input");
    let text = expressions.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("its answers");
    writer.join().expect("a thread").expect("its questions");
    let theirs = String::from_utf8(output.stdout).expect("text");
    let theirs: Vec<String> = theirs.lines().map(unquoted).collect();
    assert_eq!(theirs.len(), expressions.len());
    let mut differences: Vec<String> = Vec::new();
    for (expression, theirs) in expressions.iter().zip(&theirs) {
        // libxml2 leaves an element's content out of what follows its attributes (XPath 1.0 §2.2 has it there)
        let has_attribute = expression.contains('@') || expression.contains("attribute::");
        if has_attribute && expression.contains("following::") {
            continue;
        }
        let ours = ours(expression);
        if ours != *theirs {
            differences.push(format!("{expression}\n  here  {ours}\n  there {theirs}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences[..differences.len().min(12)].join("\n")
    );
}
