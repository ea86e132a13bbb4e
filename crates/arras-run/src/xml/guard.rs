//! Bounds that a text must keep before it is parsed: depth, and the work that attributes and namespaces cause.

use super::{MAX_DEPTH, MAX_LENGTH, XmlError};

/// The parser compares each attribute of an element with those before it, and looks namespaces up one by one.
const MAX_WORK: u64 = 50_000_000;

/// Checks the bounds in one pass. What is not well-formed is left to the parser, which stops at the same place.
pub(super) fn check(text: &str) -> Result<(), XmlError> {
    if text.len() > MAX_LENGTH {
        return Err(XmlError { message: format!("it is larger than {} MiB", MAX_LENGTH / 1024 / 1024) });
    }
    let mut scan = Scan { rest: text, open: Vec::new(), namespaces: 0, work: 0 };
    while let Some(start) = scan.rest.find('<') {
        scan.rest = scan.rest.get(start..).unwrap_or("");
        if scan.markup()?.is_none() {
            break;
        }
    }
    Ok(())
}

struct Scan<'t> {
    rest: &'t str,
    /// Of each open element, how many namespaces it declares.
    open: Vec<u64>,
    /// How many namespaces the open elements declare.
    namespaces: u64,
    work: u64,
}

impl<'t> Scan<'t> {
    /// Passes what starts with the `<` that is next; `None` if it does not end.
    fn markup(&mut self) -> Result<Option<()>, XmlError> {
        const PASSED: [(&str, &str); 4] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];
        if let Some((open, close)) = PASSED.iter().find(|(open, _)| self.rest.starts_with(open)) {
            let after = self.rest.get(open.len()..).unwrap_or("");
            return Ok(self.pass(after, after.find(close).map(|at| at + close.len())));
        }
        if let Some(after) = self.rest.strip_prefix("</") {
            self.namespaces -= self.open.pop().unwrap_or(0);
            return Ok(self.pass(after, after.find('>').map(|at| at + 1)));
        }
        self.start_tag()
    }

    fn pass(&mut self, after: &'t str, length: Option<usize>) -> Option<()> {
        self.rest = after.get(length?..)?;
        Some(())
    }

    fn start_tag(&mut self) -> Result<Option<()>, XmlError> {
        let (mut attributes, mut declared) = (0, 0);
        let mut at = 1;
        let bytes = self.rest.as_bytes();
        let empty = loop {
            match bytes.get(at) {
                None => return Ok(None),
                Some(b'>') => break bytes.get(at - 1) == Some(&b'/'),
                Some(quote @ (b'"' | b'\'')) => {
                    attributes += 1;
                    let value = bytes.get(at + 1..).unwrap_or_default();
                    let Some(length) = value.iter().position(|byte| byte == quote) else { return Ok(None) };
                    at += length + 2;
                }
                Some(b'x') if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"xmlns")) => {
                    declared += 1;
                    at += 5;
                }
                Some(_) => at += 1,
            }
        };
        self.charge(attributes, declared)?;
        if !empty {
            self.open.push(declared);
            self.namespaces += declared;
            if self.open.len() > MAX_DEPTH {
                return Err(XmlError { message: format!("its elements nest deeper than {MAX_DEPTH} levels") });
            }
        }
        self.rest = self.rest.get(at + 1..).unwrap_or("");
        Ok(Some(()))
    }

    fn charge(&mut self, attributes: u64, declared: u64) -> Result<(), XmlError> {
        let known = self.namespaces + declared;
        self.work = self.work.saturating_add((1 + attributes).saturating_mul(1 + attributes + known));
        // the parser copies the namespaces known before for each element that declares more
        self.work = self.work.saturating_add(if declared > 0 { known.saturating_mul(16 + declared) } else { 0 });
        if self.work > MAX_WORK {
            return Err(XmlError { message: "it has too many attributes or namespaces".to_owned() });
        }
        Ok(())
    }
}
