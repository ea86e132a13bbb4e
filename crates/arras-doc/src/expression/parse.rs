//! Text into an [`Expression`]: the 1.1 grammar, and beside it what 1.0 allowed and people write (A-20 … A-24).

use super::ast::{ComponentKind, Expression, Part, Path, Root, Tolerance};
use super::mistake::{ROOTS, suggest_root, unknown_part};
use super::scan;
use crate::syntax::SyntaxError;

/// Longer texts are no expressions; this bounds the work of looking up dotted names.
const MAX_LENGTH: usize = 4096;

type Parsed = (Root, Path, Option<Tolerance>);

impl Expression {
    /// Reads a whole text as one runtime expression; what only the tolerant grammar accepts has a `tolerance`.
    ///
    /// ```
    /// use arras_doc::expression::{Expression, Root};
    /// let expression = Expression::parse("$steps.list.outputs.items#/0/id").expect("an expression");
    /// assert_eq!(expression.root, Root::StepOutputs("list".into()));
    /// assert_eq!((expression.path.name.as_str(), expression.path.pointer.as_deref()), ("items", Some("/0/id")));
    /// assert!(Expression::parse("$response.headers.ETag").unwrap_err().help.unwrap().contains("$response.header.ETag"));
    /// ```
    ///
    /// # Errors
    /// If the text as a whole is no expression; the error says which bytes are at fault and what may be meant.
    pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
        let word = root_word(text)?;
        if text.len() > MAX_LENGTH {
            return Err(SyntaxError::new(format!("an expression longer than {MAX_LENGTH} bytes"), 0..text.len()));
        }
        if let Some(brace) = text.find(['{', '}']) {
            let error = SyntaxError::new("a brace inside a runtime expression", brace..brace + 1);
            return Err(error.help("braces stand around an expression: `{$inputs.name}`"));
        }
        let (root, path, tolerance) = from_root(text, word)?;
        Ok(Expression { text: text.into(), root, path, tolerance })
    }

    /// Whether the text begins as an expression does: `$`, a root, and then nothing more of a word.
    ///
    /// Such a text that does not parse is more likely a mistake than meant literally (A-44).
    pub fn is_attempted(text: &str) -> bool {
        root_word(text).is_ok_and(|word| text.len() > word.len() + 1 || is_simple_root(word))
    }
}

/// The root's name in `$root…`.
fn root_word(text: &str) -> Result<&str, SyntaxError> {
    let Some(rest) = text.strip_prefix('$') else {
        let error = SyntaxError::new("a runtime expression begins with `$`", 0..text.len());
        let first = text.split(['.', '#']).next().unwrap_or_default();
        let known = ROOTS.contains(&first);
        return Err(if known { error.help(format!("did you mean `${text}`?")) } else { error });
    };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
    let word = &rest[..end];
    if ROOTS.contains(&word) {
        return Ok(word);
    }
    let error = SyntaxError::new(format!("`${word}` is not the start of a runtime expression"), 0..end + 1);
    Err(match suggest_root(word, &rest[end..]) {
        Some(suggestion) => error.help(format!("did you mean `{suggestion}`?")),
        None => error,
    })
}

fn is_simple_root(word: &str) -> bool {
    matches!(word, "url" | "method" | "statusCode" | "self")
}

fn from_root(text: &str, word: &str) -> Result<Parsed, SyntaxError> {
    let at = word.len() + 1;
    match word {
        "url" => alone(text, at, Root::Url),
        "method" => alone(text, at, Root::Method),
        "statusCode" => alone(text, at, Root::StatusCode),
        "self" => alone(text, at, Root::SelfUri),
        "request" => source(text, at, Root::Request),
        "response" => source(text, at, Root::Response),
        "message" => source(text, at, Root::Message),
        "inputs" => map(text, at, Root::Inputs, "an input"),
        "outputs" => map(text, at, Root::Outputs, "an output"),
        "steps" => steps(text, at),
        "workflows" => workflows(text, at),
        "sourceDescriptions" => source_descriptions(text, at),
        _ => components(text, at),
    }
}

fn alone(text: &str, at: usize, root: Root) -> Result<Parsed, SyntaxError> {
    if text.len() == at {
        return Ok((root, Path::default(), None));
    }
    Err(SyntaxError::new(format!("nothing can follow `{}`", &text[..at]), at..text.len()))
}

/// `request`, `response` and `message`: `.header.`, `.query.`, `.path.`, `.body`, `.payload`.
fn source(text: &str, at: usize, root: fn(Part) -> Root) -> Result<Parsed, SyntaxError> {
    let rest = text[at..].strip_prefix('.').ok_or_else(|| {
        let whole = &text[..at];
        let end = if text.len() == at { 0..at } else { at..text.len() };
        SyntaxError::new(format!("`{whole}` needs a part of it"), end)
            .help(format!("such as `{whole}.body` or `{whole}.header.NAME`"))
    })?;
    let at = at + 1;
    let part_end = rest.find(['.', '#', '[', '/', ' ']).map_or(text.len(), |end| at + end);
    let meaningless = !text.starts_with("$request");
    match &text[at..part_end] {
        "header" => header(text, part_end).map(|name| (root(Part::Header(name)), Path::default(), None)),
        "query" => {
            parameter(text, part_end, meaningless).map(|(name, t)| (root(Part::Query(name)), Path::default(), t))
        }
        "path" => parameter(text, part_end, meaningless).map(|(name, t)| (root(Part::Path(name)), Path::default(), t)),
        "body" => scan::after_body(text, part_end).map(|(path, tolerance)| (root(Part::Body), path, tolerance)),
        "payload" => scan::after_body(text, part_end).map(|(path, tolerance)| (root(Part::Payload), path, tolerance)),
        part => Err(unknown_part(text, at, part)),
    }
}

fn header(text: &str, at: usize) -> Result<String, SyntaxError> {
    let Some(name) = text[at..].strip_prefix('.').filter(|name| !name.is_empty()) else {
        return Err(SyntaxError::new("the name of a header field is missing", at..text.len()));
    };
    match name.char_indices().find(|(_, character)| !scan::is_token_character(*character)) {
        None => Ok(name.to_owned()),
        Some((offset, character)) => {
            let start = at + 1 + offset;
            let message = format!("`{character}` can't stand in the name of a header field");
            Err(SyntaxError::new(message, start..start + character.len_utf8()))
        }
    }
}

fn parameter(text: &str, at: usize, meaningless: bool) -> Result<(String, Option<Tolerance>), SyntaxError> {
    let Some(name) = text[at..].strip_prefix('.') else {
        return Err(SyntaxError::new("the name of a parameter is missing", at..text.len()));
    };
    no_controls(text, at)?;
    let tolerance = if scan::is_char_text(name) { None } else { Some(Tolerance::Name) };
    Ok((name.to_owned(), tolerance.or(meaningless.then_some(Tolerance::Meaningless))))
}

fn no_controls(text: &str, at: usize) -> Result<(), SyntaxError> {
    match text[at..].char_indices().find(|(_, character)| character.is_control()) {
        None => Ok(()),
        Some((offset, _)) => {
            Err(SyntaxError::new("a control character inside a runtime expression", at + offset..at + offset + 1))
        }
    }
}

/// `$inputs.NAME` and the like, or the whole map.
fn map(text: &str, at: usize, root: Root, what: &str) -> Result<Parsed, SyntaxError> {
    let rest = &text[at..];
    if rest.is_empty() || rest.starts_with('#') {
        let (pointer, _) = scan::pointer(text, at)?;
        return Ok((root, Path { name: String::new(), pointer }, Some(Tolerance::Whole)));
    }
    if !rest.starts_with('.') {
        let whole = &text[..at];
        let error = SyntaxError::new(format!("`{rest}` can't follow `{whole}`"), at..text.len());
        return Err(error.help(format!("write `{whole}.NAME`")));
    }
    let (path, tolerance) = scan::named(text, at + 1, what)?;
    Ok((root, path, tolerance))
}

/// The name of a step or workflow at byte `at`: its range, up to the field of it that follows.
///
/// A name that holds dots, against the grammar, ends before the first of `fields` that is found.
fn owner(text: &str, at: usize, fields: &[&str], what: &str) -> Result<(usize, Option<Tolerance>), SyntaxError> {
    let Some(rest) = text[at..].strip_prefix('.') else {
        let error = SyntaxError::new(format!("the name of {what} is missing"), at..text.len());
        return Err(error.help(format!("write `{}.NAME.outputs.OUTPUT`", &text[..at])));
    };
    let at = at + 1;
    let stop = rest.find('#').unwrap_or(rest.len());
    let first = rest[..stop].find(['.', '[']).unwrap_or(stop);
    let follows = |end: usize| fields.iter().any(|field| is_field(&rest[end..stop], field));
    let exchange = |end: usize| EXCHANGE.iter().any(|field| is_field(&rest[end..stop], field));
    let dotted = || {
        let later = rest[..stop].match_indices('.').map(|(dot, _)| dot).find(|dot| follows(*dot));
        later.filter(|_| !exchange(first))
    };
    let end = if follows(first) { first } else { dotted().unwrap_or(first) };
    let name = &rest[..end];
    if name.is_empty() {
        return Err(SyntaxError::new(format!("the name of {what} is missing"), at..text.len()));
    }
    if let Some((offset, character)) =
        name.char_indices().find(|(_, c)| c.is_whitespace() || c.is_control() || *c == '"')
    {
        let start = at + offset;
        let message = format!("`{}` can't stand in the name of {what}", character.escape_debug());
        return Err(SyntaxError::new(message, start..start + character.len_utf8()));
    }
    Ok((at + end, (!scan::is_strict_identifier(name)).then_some(Tolerance::Name)))
}

/// The roots that 1.0 documents read of a step (A-21).
const EXCHANGE: [&str; 6] = ["request", "response", "message", "url", "method", "statusCode"];

/// Whether `rest` is `.field`, alone or followed by `.`.
fn is_field(rest: &str, field: &str) -> bool {
    let after = rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(field));
    after.is_some_and(|after| after.is_empty() || after.starts_with('.'))
}

fn steps(text: &str, at: usize) -> Result<Parsed, SyntaxError> {
    let (end, tolerance) = owner(text, at, &["outputs"], "a step")?;
    let step = text[at + 1..end].to_owned();
    let rest = &text[end..];
    if let Some(after) = rest.strip_prefix(".outputs")
        && (after.is_empty() || after.starts_with(['.', '#', '[']))
    {
        let (root, path, found) = map(text, end + ".outputs".len(), Root::StepOutputs(step), "an output")?;
        return Ok((root, path, found.filter(|found| !found.is_grammatical()).or(tolerance).or(found)));
    }
    let Some(field) = rest.strip_prefix('.') else {
        let error = SyntaxError::new(format!("`{}` names a step, not a value", &text[..end]), 0..end);
        return Err(error.help(format!("write `{}.outputs.NAME`", &text[..end])));
    };
    if is_field(rest, "output") {
        let fixed = format!("{}.outputs{}", &text[..end], &rest[".output".len()..]);
        let range = end + 1..end + ".output".len();
        return Err(SyntaxError::new("a step has no `output`", range).help(format!("did you mean `{fixed}`?")));
    }
    if EXCHANGE.iter().any(|root| is_field(rest.split(['#', '[']).next().unwrap_or_default(), root)) {
        // the offset of `$root…` in the text is one less than the field's, for the `$` put before it
        Expression::parse(&format!("${field}")).map_err(|error| error.shifted(end))?;
        let (name, pointer) = match field.split_once('#') {
            Some((name, pointer)) => (name, Some(pointer.to_owned())),
            None => (field, None),
        };
        let path = Path { name: name.to_owned(), pointer };
        return Ok((Root::Step(step), path, Some(Tolerance::StepWithoutOutputs)));
    }
    let (path, _) = scan::named(text, end + 1, "an output")?;
    Ok((Root::Step(step), path, Some(Tolerance::StepWithoutOutputs)))
}

fn workflows(text: &str, at: usize) -> Result<Parsed, SyntaxError> {
    let (end, tolerance) = owner(text, at, &["inputs", "outputs", "steps"], "a workflow")?;
    let workflow = text[at + 1..end].to_owned();
    let rest = &text[end..];
    let followed = |field: &str| {
        let after = rest.strip_prefix(field)?;
        (after.is_empty() || after.starts_with(['.', '#', '['])).then_some(end + field.len())
    };
    let (root, path, found) = if let Some(at) = followed(".inputs") {
        map(text, at, Root::WorkflowInputs(workflow), "an input")?
    } else if let Some(at) = followed(".outputs") {
        map(text, at, Root::WorkflowOutputs(workflow), "an output")?
    } else if let Some(at) = followed(".steps") {
        workflow_step(text, at, workflow)?
    } else {
        let whole = &text[..end];
        let error = SyntaxError::new(format!("`{whole}` must be followed by `.outputs` or `.inputs`"), end..text.len());
        return Err(error.help(format!("write `{whole}.outputs.NAME`")));
    };
    Ok((root, path, found.filter(|found| !found.is_grammatical()).or(tolerance).or(found)))
}

fn workflow_step(text: &str, at: usize, workflow: String) -> Result<Parsed, SyntaxError> {
    let (end, _) = owner(text, at, &["outputs"], "a step")?;
    let step = text[at + 1..end].to_owned();
    let root = Root::WorkflowStep { workflow, step };
    let path = match text[end..].strip_prefix('.') {
        Some(_) => scan::named(text, end + 1, "what to read of the step")?.0,
        None if text.len() == end => Path::default(),
        None => return Err(SyntaxError::new("only `.` can follow the name of a step", end..text.len())),
    };
    Ok((root, path, Some(Tolerance::WorkflowStep)))
}

fn source_descriptions(text: &str, at: usize) -> Result<Parsed, SyntaxError> {
    let missing = |message: &str, range| {
        SyntaxError::new(message, range)
            .help("write `$sourceDescriptions.NAME.url` or `$sourceDescriptions.NAME.OPERATION`")
    };
    let Some(rest) = text[at..].strip_prefix('.') else {
        return Err(missing("the name of a source description is missing", at..text.len()));
    };
    no_controls(text, at)?;
    let end = rest.find(['.', '#', '[']).map_or(text.len(), |end| at + 1 + end);
    let source = &text[at + 1..end];
    let reference = text[end..].strip_prefix('.').unwrap_or_default();
    if source.is_empty() || reference.is_empty() {
        return Err(missing("what to read of the source description is missing", end.min(text.len())..text.len()));
    }
    if let Some(space) = source.find(char::is_whitespace) {
        return Err(missing("white space in the name of a source description", at + 1 + space..end));
    }
    let strict = scan::is_strict_identifier(source) && scan::is_char_text(reference);
    let path = Path { name: reference.to_owned(), pointer: None };
    Ok((Root::SourceDescription(source.to_owned()), path, (!strict).then_some(Tolerance::Name)))
}

fn components(text: &str, at: usize) -> Result<Parsed, SyntaxError> {
    let kinds = "`parameters`, `successActions` and `failureActions`";
    let Some(rest) = text[at..].strip_prefix('.').filter(|rest| !rest.is_empty()) else {
        let error = SyntaxError::new("the kind and name of a component are missing", at..text.len());
        return Err(error.help(format!("the kinds are {kinds}")));
    };
    let kind = rest.split(['.', '#', '[']).next().unwrap_or_default();
    let range = at + 1..at + 1 + kind.len();
    let component = match kind {
        "parameters" => ComponentKind::Parameters,
        "successActions" => ComponentKind::SuccessActions,
        "failureActions" => ComponentKind::FailureActions,
        "inputs" => {
            let error = SyntaxError::new("`$components.inputs` can't be read by an expression", range);
            return Err(error.help("refer to a schema with `$ref: '#/components/inputs/NAME'`"));
        }
        _ => {
            let error = SyntaxError::new(format!("`$components` has no `{kind}` that an expression can name"), range);
            return Err(error.help(format!("the kinds are {kinds}")));
        }
    };
    let at = at + 1 + kind.len();
    if !text[at..].starts_with('.') {
        return Err(SyntaxError::new("the name of a component is missing", at..text.len()));
    }
    let (path, tolerance) = scan::named(text, at + 1, "a component")?;
    if path.pointer.is_some() || tolerance == Some(Tolerance::Navigation) {
        return Err(SyntaxError::new("nothing can follow the name of a component", at..text.len()));
    }
    Ok((Root::Component(component), path, tolerance))
}

#[cfg(test)]
mod tests;
