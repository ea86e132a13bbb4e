//! Embedded expressions whose braces are not as they must be: `{$inputs.a` that nothing closes, `{{$inputs.a}}`,
//! `{inputs.a}`, `${inputs.a}`; and a text that is `steps.a.outputs.b`.

use std::ops::Range;

use crate::expression::Expression;

/// How one departs from `{$inputs.a}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing closes the brace.
    Unclosed,
    /// Two braces, or white space after one, as in templates of other languages.
    Braces,
    /// No `$` right before the root.
    Rootless,
}

/// An expression in a text, as it must be written.
#[derive(Debug)]
pub(super) struct Misbraced {
    /// The bytes to write anew.
    pub(super) range: Range<usize>,
    pub(super) expression: Expression,
    pub(super) fault: Fault,
    /// Whether it is in no braces, and so the whole text.
    sole: bool,
}

impl Misbraced {
    /// What must stand in its place.
    pub(super) fn instead(&self) -> String {
        if self.sole { self.expression.to_string() } else { format!("{{{}}}", self.expression) }
    }
}

/// The words that names of a workflow are read by.
const ROOTS: [&str; 3] = ["inputs.", "steps.", "workflows."];

/// Those of a text whose names are `declared`; any other text is left to mean what it says.
pub(super) fn misbraced(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Vec<Misbraced> {
    // `inputs.csv` may be a file's name
    let sole = expression(text, declared).filter(|one| one.text.len() == text.len() + 1);
    if let Some(expression) = sole.filter(|_| text.starts_with("steps.") && text.contains(".outputs.")) {
        return vec![Misbraced { range: 0..text.len(), expression, fault: Fault::Rootless, sole: true }];
    }
    let mut found: Vec<Misbraced> = Vec::new();
    let mut from = 0;
    while let Some(brace) = text[from..].find('{').map(|at| from + at) {
        from = brace + text[brace..].bytes().take_while(|byte| *byte == b'{').count();
        if let Some(one) = at_braces(text, brace..from, declared) {
            from = one.range.end;
            found.push(one);
        }
    }
    found
}

fn at_braces(text: &str, braces: Range<usize>, declared: &dyn Fn(&Expression) -> bool) -> Option<Misbraced> {
    let inner = text[braces.end..].trim_start_matches(' ');
    let spaced = inner.len() < text.len() - braces.end;
    let is_rooted = inner.starts_with('$');
    let name = inner.strip_prefix('$').unwrap_or(inner);
    let expression = expression(name, declared)?;
    let end = text.len() - name.len() + expression.text.len() - 1;
    let rest = text[end..].trim_start_matches(' ');
    let opened = braces.len();
    let closed = rest.bytes().take(opened).take_while(|byte| *byte == b'}').count();
    let close = text.len() - rest.len() + closed;
    let open = braces.end - closed.max(1);
    if closed == 0 {
        // the next brace belongs to another, and so this one is text
        let next = text[end..].find(['{', '}']).map(|at| &text[end + at..]);
        let is_open = !spaced && is_rooted && next.is_none_or(|next| next.starts_with('{'));
        return is_open.then_some(Misbraced { range: open..end, expression, fault: Fault::Unclosed, sole: false });
    }
    let dollar = usize::from(!is_rooted && text[..open].ends_with('$'));
    let fault = match is_rooted {
        true if closed == 1 && !spaced => return None,
        true => Fault::Braces,
        false => Fault::Rootless,
    };
    Some(Misbraced { range: open - dollar..close, expression, fault, sole: false })
}

/// The expression that a text begins with but for its `$`, if its name is declared.
fn expression(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Expression> {
    if !ROOTS.iter().any(|root| text.starts_with(root)) {
        return None;
    }
    let end = text.find(|next: char| next.is_whitespace() || "{}()<>,;\"'`".contains(next)).unwrap_or(text.len());
    let whole = text[..end].trim_end_matches(['.', ':', '!', '?', '&', '|', '=']);
    // or as far as a plain name reaches
    let plain = |next: char| !(next.is_alphanumeric() || matches!(next, '_' | '-' | '.'));
    let name = text[..text.find(plain).unwrap_or(text.len())].trim_end_matches('.');
    let read = |name: &str| Expression::parse(&format!("${name}")).ok().filter(|one| declared(one));
    read(whole).or_else(|| read(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(&str, String)> {
        let declared = |expression: &Expression| expression.path.name == "a";
        misbraced(text, &declared).into_iter().map(|one| (&text[one.range.clone()], one.instead())).collect()
    }

    #[test]
    fn what_was_meant_as_an_embedded_expression_is_found() {
        for (text, part) in [
            ("x {$inputs.a", "{$inputs.a"),
            ("x {$inputs.a and more", "{$inputs.a"),
            ("{$inputs.a/{$inputs.b}", "{$inputs.a"),
            ("{\"x\": \"{{$inputs.a}}\"}", "{{$inputs.a}}"),
            ("x {{ $inputs.a }}", "{{ $inputs.a }}"),
            ("{{inputs.a}}", "{{inputs.a}}"),
            ("{{{inputs.a}}}", "{{{inputs.a}}}"),
            ("{\"x\": {inputs.a}}", "{inputs.a}"),
            ("${inputs.a}", "${inputs.a}"),
            ("x ${{ inputs.a }}", "${{ inputs.a }}"),
            ("{ $inputs.a }", "{ $inputs.a }"),
            ("{\"x\":{{inputs.a}}}", "{{inputs.a}}"),
        ] {
            assert_eq!(shown(text), [(part, "{$inputs.a}".to_owned())], "{text}");
        }
        for text in ["steps.s.outputs.a", "steps.s.outputs.a#/b/c"] {
            assert_eq!(shown(text), [(text, format!("${text}"))]);
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            "{$inputs.a}",
            "${$inputs.a}",
            "{$inputs.a}{$inputs.a}",
            "{\"x\":{\"y\":{$inputs.a}}}",
            "{{inputs.b}}",
            "{inputs.a",
            "{inputs.a b}",
            "inputs.a",
            "inputs.a#/b/c",
            "steps.s.a",
            "inputs.a and more",
            "see inputs.a",
            "$inputs.a",
            "{}{{}}{ {$",
            "{é{é}",
            "{$inputs.b",
            "{id}/{inputs}",
        ] {
            assert!(shown(text).is_empty(), "{text}: {:?}", shown(text));
        }
    }
}
