//! The answer: outputs as JSON on stdout.

use std::io::{self, Write};

use arras_doc::value::{Object, Value};
use serde::Serialize;
use serde_json::ser::Formatter;

use crate::context::settle;
use crate::display::{self, width};

/// Writes the outputs of one workflow as an object, of several as `{workflowId: outputs}`.
///
/// On one line where that fits in `columns`, indented otherwise.
///
/// # Errors
/// If `out` can't be written; a reader that has gone away is no error.
pub fn write(outputs: &[(String, Object)], columns: usize, out: &mut dyn Write) -> io::Result<()> {
    let value = match outputs {
        [(_, outputs)] => Value::Object(outputs.clone()),
        several => {
            Value::Object(several.iter().map(|(id, outputs)| (id.clone(), Value::Object(outputs.clone()))).collect())
        }
    };
    let line = one_line(&value).filter(|line| width(line) <= columns);
    let text = line.unwrap_or_else(|| value.to_json_pretty());
    settle(writeln!(out, "{}", display::json(&text)).and_then(|()| out.flush()))
}

fn one_line(value: &Value) -> Option<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, OneLine::default())).ok()?;
    String::from_utf8(bytes).ok()
}

/// `{ "a": 1, "b": [2, 3] }`; nothing between the braces of an empty object.
#[derive(Default)]
struct OneLine {
    filled: bool,
}

impl Formatter for OneLine {
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b" " } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.filled = false;
        writer.write_all(b"{")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.filled { b" }" } else { b"}" })
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(outputs: &[(&str, &str)], columns: usize) -> String {
        let object = |json: &str| Value::from_json(json).unwrap().as_object().cloned().unwrap();
        let outputs: Vec<_> = outputs.iter().map(|(id, json)| ((*id).to_owned(), object(json))).collect();
        let mut out = Vec::new();
        write(&outputs, columns, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_outputs_stand_on_one_line_and_numbers_stay_exact() {
        let json = r#"{"id":"a","n":12345678901234567890123,"d":1.10,"list":[1,{}],"o":{"x":{"y":null}},"e":{}}"#;
        let line = r#"{ "id": "a", "n": 12345678901234567890123, "d": 1.10, "list": [1, {}], "o": { "x": { "y": null } }, "e": {} }"#;
        assert_eq!(printed(&[("w", json)], 200), format!("{line}\n"));
        assert_eq!(printed(&[("w", r#"{"id":"a"}"#)], 10), "{\n  \"id\": \"a\"\n}\n");
        assert_eq!(printed(&[("w", "{}")], 10), "{}\n");
        assert_eq!(printed(&[("w", "{\"a\":\"\u{202e}\u{e0041}\"}")], 80), "{ \"a\": \"\\u202e\\udb40\\udc41\" }\n");
        assert_eq!(printed(&[("a", "{}"), ("b", r#"{"x":1}"#)], 80), "{ \"a\": {}, \"b\": { \"x\": 1 } }\n");
    }
}
