//! Path templates: `/pets/{id}/toys/{toy}.{format}`, and AWS's greedy `{key+}`.

use crate::percent;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    segments: Vec<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Parameter(String),
    /// Takes the rest of the path, slashes included.
    Rest(String),
}

/// How much of a segment is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Literalness {
    /// The rest of the path.
    Rest,
    /// A parameter.
    Parameter,
    /// Parameters with text between them.
    Mixed,
    /// All of it.
    Literal,
}

impl Template {
    pub(super) fn parse(path: &str) -> Template {
        Template { segments: path.split('/').skip(1).map(parse_segment).collect() }
    }

    /// How literal it is, segment by segment: of two templates that match, the greater one is meant.
    pub(super) fn precedence(&self) -> Vec<(Literalness, usize)> {
        self.segments.iter().map(|parts| literalness(parts)).collect()
    }

    /// The template with its parameters' names left out: templates of one shape match the same paths.
    pub(super) fn shape(&self) -> String {
        let segments = self.segments.iter().map(|parts| {
            let parts = parts.iter().map(|part| match part {
                Part::Literal(text) => text.as_str(),
                Part::Parameter(_) => "{}",
                Part::Rest(_) => "{+}",
            });
            parts.collect::<String>()
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The parameters' values as sent, not decoded, if the raw path matches.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut values = Vec::new();
        let mut rest = path.strip_prefix('/')?;
        for (index, parts) in self.segments.iter().enumerate() {
            if let [Part::Rest(name)] = parts.as_slice() {
                values.push((name.clone(), rest.to_owned()));
                return (!rest.is_empty()).then_some(values);
            }
            let last = index + 1 == self.segments.len();
            let (segment, after) = match rest.split_once('/') {
                Some((segment, after)) if !last => (segment, after),
                None if last => (rest, ""),
                _ => return None,
            };
            match_segment(parts, segment, &mut values)?;
            rest = after;
        }
        Some(values)
    }
}

/// With the length of what is fixed, which decides between two mixed ones.
fn literalness(parts: &[Part]) -> (Literalness, usize) {
    let fixed = parts.iter().map(|part| if let Part::Literal(text) = part { text.len() } else { 0 }).sum();
    let kind = match parts {
        [Part::Literal(_)] => Literalness::Literal,
        [Part::Parameter(_)] => Literalness::Parameter,
        [Part::Rest(_)] => Literalness::Rest,
        _ => Literalness::Mixed,
    };
    (kind, if kind == Literalness::Mixed { fixed } else { 0 })
}

fn parse_segment(segment: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        parts.extend((!before.is_empty()).then(|| Part::Literal(before.to_owned())));
        parts.push(match name.strip_suffix('+') {
            Some(name) => Part::Rest(name.to_owned()),
            None => Part::Parameter(name.to_owned()),
        });
        rest = after;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    parts
}

/// A parameter takes what stands before the next literal, at least one character.
fn match_segment(parts: &[Part], segment: &str, values: &mut Vec<(String, String)>) -> Option<()> {
    let mut rest = segment;
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(text) => rest = strip_literal(rest, text)?,
            Part::Parameter(name) | Part::Rest(name) => {
                let end = match parts.get(index + 1) {
                    Some(Part::Literal(next)) => rest
                        .char_indices()
                        .skip(1)
                        .map(|(at, _)| at)
                        .find(|at| rest[*at..].starts_with(next.as_str()))?,
                    _ => rest.len(),
                };
                let (value, after) = rest.split_at_checked(end)?;
                if value.is_empty() {
                    return None;
                }
                values.push((name.clone(), value.to_owned()));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(())
}

/// The rest after a literal, however the request encoded it.
fn strip_literal<'a>(rest: &'a str, literal: &str) -> Option<&'a str> {
    if let Some(after) = rest.strip_prefix(literal) {
        return Some(after);
    }
    (percent::decode(rest) == percent::decode(literal)).then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_segment_by_segment() {
        let table: &[(&str, &str, Option<&str>)] = &[
            ("/", "/", Some("")),
            ("/", "/x", None),
            ("/pets", "/pets", Some("")),
            ("/pets", "/pets/", None),
            ("/pets/{id}", "/pets/7%2F8", Some("id=7%2F8")),
            ("/pets/{id}", "/pets/", None),
            ("/pets/{id}", "/pets/7/toys", None),
            ("/pets/{id}/toys", "/pets/7/toys", Some("id=7")),
            ("/f/{name}.{ext}", "/f/a.b.c", Some("name=a,ext=b.c")),
            ("/f/{name}.{ext}", "/f/.b", None),
            ("/v1/{a}:run", "/v1/x:run", Some("a=x")),
            ("/v1/{a}:run", "/v1/x%3Arun", None),
            ("/{Bucket}/{Key+}", "/b/a/b%20c", Some("Bucket=b,Key=a/b%20c")),
            ("/{Bucket}/{Key+}", "/b/", None),
            ("/@me", "/%40me", Some("")),
            ("/{open", "/{open", Some("")),
        ];
        for (template, path, expected) in table {
            let found = Template::parse(template).matches(path).map(|values| {
                values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            });
            assert_eq!(found.as_deref(), *expected, "{template} {path}");
        }
    }

    #[test]
    fn a_literal_goes_before_a_parameter() {
        let precedence = |path| Template::parse(path).precedence();
        let descending =
            ["/pets/count.json", "/pets/{a}-{b}.json", "/pets/{id}.json", "/pets/{id}", "/{a}/mine", "/{a}/{b+}"];
        for pair in descending.windows(2) {
            assert!(precedence(pair[0]) > precedence(pair[1]), "{pair:?}");
        }
        assert_eq!(Template::parse("/a/{b}/c").shape(), Template::parse("/a/{x}/c").shape());
    }
}
