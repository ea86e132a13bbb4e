//! What an expression is worth: the four types of XPath 1.0.

use arras_doc::value::{Number, Value};
use roxmltree::Document;

use super::node::Node;
use super::number;

/// A value of XPath.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// A node-set, in document order.
    Nodes(Vec<Node>),
    /// A string.
    String(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
}

impl Worth {
    /// Its effective boolean value: `true`, a number but zero and NaN, a string but the empty one, at least one node
    /// (ARZ-XPATH-02, ARZ-XPATH-03).
    pub fn holds(&self) -> bool {
        match self {
            Worth::Nodes(nodes) => !nodes.is_empty(),
            Worth::String(text) => !text.is_empty(),
            Worth::Number(number) => *number != 0.0 && !number.is_nan(),
            Worth::Boolean(value) => *value,
        }
    }

    /// As a value: strings, numbers and booleans as such, of a node-set no node as nothing, one as its text, several as
    /// an array of texts. What JSON has no number for is its text, such as `NaN`.
    pub fn to_value(&self, document: &Document<'_>) -> Option<Value> {
        match self {
            Worth::Nodes(nodes) => {
                let text = |node: &Node| Value::String(string_value(*node, document));
                match nodes.as_slice() {
                    [] => None,
                    [node] => Some(text(node)),
                    nodes => Some(Value::Array(nodes.iter().map(text).collect())),
                }
            }
            Worth::String(text) => Some(Value::from(text.as_str())),
            Worth::Number(number) => {
                let text = number::to_text(*number);
                Some(Number::parse(&text).map_or(Value::String(text), Value::Number))
            }
            Worth::Boolean(value) => Some(Value::from(*value)),
        }
    }
}

fn string_value(node: Node, document: &Document<'_>) -> String {
    let mut text = String::new();
    let Ok(()) = node.pieces::<std::convert::Infallible>(document, &mut |piece| {
        text.push_str(piece);
        Ok(())
    });
    text
}
