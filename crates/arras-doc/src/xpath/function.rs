//! The core function library of XPath 1.0 (§4).

use std::ops::RangeInclusive;

use super::kind::Kind;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as the specification names it")]
pub enum Function {
    Last,
    Position,
    Count,
    Id,
    LocalName,
    NamespaceUri,
    Name,
    String,
    Concat,
    StartsWith,
    Contains,
    SubstringBefore,
    SubstringAfter,
    Substring,
    StringLength,
    NormalizeSpace,
    Translate,
    Boolean,
    Not,
    True,
    False,
    Lang,
    Number,
    Sum,
    Floor,
    Ceiling,
    Round,
}

/// Name, function, number of arguments, what it gives.
const TABLE: &[(&str, Function, RangeInclusive<usize>, Kind)] = &[
    ("last", Function::Last, 0..=0, Kind::Number),
    ("position", Function::Position, 0..=0, Kind::Number),
    ("count", Function::Count, 1..=1, Kind::Number),
    ("id", Function::Id, 1..=1, Kind::Nodes),
    ("local-name", Function::LocalName, 0..=1, Kind::String),
    ("namespace-uri", Function::NamespaceUri, 0..=1, Kind::String),
    ("name", Function::Name, 0..=1, Kind::String),
    ("string", Function::String, 0..=1, Kind::String),
    ("concat", Function::Concat, 2..=usize::MAX, Kind::String),
    ("starts-with", Function::StartsWith, 2..=2, Kind::Boolean),
    ("contains", Function::Contains, 2..=2, Kind::Boolean),
    ("substring-before", Function::SubstringBefore, 2..=2, Kind::String),
    ("substring-after", Function::SubstringAfter, 2..=2, Kind::String),
    ("substring", Function::Substring, 2..=3, Kind::String),
    ("string-length", Function::StringLength, 0..=1, Kind::Number),
    ("normalize-space", Function::NormalizeSpace, 0..=1, Kind::String),
    ("translate", Function::Translate, 3..=3, Kind::String),
    ("boolean", Function::Boolean, 1..=1, Kind::Boolean),
    ("not", Function::Not, 1..=1, Kind::Boolean),
    ("true", Function::True, 0..=0, Kind::Boolean),
    ("false", Function::False, 0..=0, Kind::Boolean),
    ("lang", Function::Lang, 1..=1, Kind::Boolean),
    ("number", Function::Number, 0..=1, Kind::Number),
    ("sum", Function::Sum, 1..=1, Kind::Number),
    ("floor", Function::Floor, 1..=1, Kind::Number),
    ("ceiling", Function::Ceiling, 1..=1, Kind::Number),
    ("round", Function::Round, 1..=1, Kind::Number),
];

impl Function {
    /// The function of that name.
    pub fn find(name: &str) -> Option<Function> {
        TABLE.iter().find(|row| row.0 == name).map(|row| row.1)
    }

    /// The name of every function.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.0)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |row| row.0)
    }

    /// How many arguments it takes.
    pub fn arity(self) -> RangeInclusive<usize> {
        self.row().map_or(0..=0, |row| row.2.clone())
    }

    /// What it gives.
    pub fn result(self) -> Kind {
        self.row().map_or(Kind::Any, |row| row.3)
    }

    /// Whether its arguments must be node-sets.
    pub fn takes_nodes(self) -> bool {
        matches!(self, Function::Count | Function::Sum | Function::LocalName | Function::NamespaceUri | Function::Name)
    }

    fn row(self) -> Option<&'static (&'static str, Function, RangeInclusive<usize>, Kind)> {
        TABLE.iter().find(|row| row.1 == self)
    }
}
