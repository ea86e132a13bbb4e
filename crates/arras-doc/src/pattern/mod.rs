//! Regular expressions as ECMA-262 means them, matched in linear time wherever that is possible (A-30).
//!
//! A pattern is parsed by ECMA-262's grammar (Annex B included, without flags) and written anew for the crate
//! `regex`, or, if it looks around or refers back, for `fancy-regex` under a budget. Characters are Unicode
//! scalar values, as with the flag `u`.

mod ast;
mod backreference;
mod bracket;
mod class;
mod emit;
mod escape;
mod example;
mod fold;
mod parse;
mod prepare;

use crate::expression::Piece;
use crate::syntax::SyntaxError;

/// How many steps a backtracking match may take.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// How many bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 4 << 20;

/// A compiled pattern.
///
/// ```
/// use arras_doc::pattern::Pattern;
/// let (pattern, tolerances) = Pattern::parse(r"^2\d{2}$").expect("a pattern");
/// assert!(tolerances.is_empty());
/// assert_eq!(pattern.is_match("204"), Ok(true));
/// assert_eq!(pattern.is_match("٢٠٤"), Ok(false));
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// A spelling that is accepted with a warning (A-30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// `/pattern/flags`
    Slashes,
    /// `(?i)` at the start
    LeadingFlags,
    /// `\p{…}` or `\u{…}`, which need the flag `u` in ECMA-262
    UnicodeEscape,
}

impl Tolerance {
    /// What is loose, as one phrase.
    pub fn message(self) -> &'static str {
        match self {
            Tolerance::Slashes => "a pattern between slashes: they delimit it and are no part of it",
            Tolerance::LeadingFlags => "flags at the start of a pattern, which ECMA-262 does not know",
            Tolerance::UnicodeEscape => "an escape that ECMA-262 knows with the flag `u` only",
        }
    }

    /// What to write instead.
    pub fn help(self) -> &'static str {
        match self {
            Tolerance::Slashes => "write the pattern alone; wrap it in `(?i:…)` to ignore case",
            Tolerance::LeadingFlags => "wrap the pattern: `(?i:…)`",
            Tolerance::UnicodeEscape => "list the characters, or keep it knowing that other tools may differ",
        }
    }
}

/// A match was given up because it took too many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded;

impl std::fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("matching the pattern takes too many steps")
    }
}

impl std::error::Error for BudgetExceeded {}

impl Pattern {
    /// Reads and compiles a pattern.
    ///
    /// # Errors
    /// If ECMA-262 refuses it, if it is too large, or if it can't be matched here exactly as ECMA-262 says.
    pub fn parse(text: &str) -> Result<(Pattern, Vec<Tolerance>), SyntaxError> {
        let prepared = prepare::prepare(text)?;
        let parsed = parse::parse(prepared.body, prepared.flags).map_err(|error| error.shifted(prepared.offset))?;
        let mut tolerances = prepared.tolerances;
        if parsed.unicode_escapes {
            tolerances.push(Tolerance::UnicodeEscape);
        }
        let engine = if parsed.backtracks { backtracking(&parsed.root) } else { linear(&parsed.root) };
        let engine = engine.map_err(|message| SyntaxError::new(message, 0..text.len()))?;
        Ok((Pattern { text: text.to_owned(), engine }, tolerances))
    }

    /// What is loose in a pattern that embeds expressions, whatever their values: their place is taken by a letter that
    /// is no flag. Nothing is said of a text that is no pattern then.
    pub fn tolerances(pieces: &[Piece]) -> Vec<Tolerance> {
        let letter = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Expression(_) => "x".to_owned(),
        };
        let text: String = pieces.iter().map(letter).collect();
        Pattern::parse(&text).map(|(_, tolerances)| tolerances).unwrap_or_default()
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches anywhere in `text`.
    ///
    /// # Errors
    /// If it looks around or refers back, and gives up; all other patterns take time in the length of the text.
    pub fn is_match(&self, text: &str) -> Result<bool, BudgetExceeded> {
        match &self.engine {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|_| BudgetExceeded),
        }
    }
}

fn linear(root: &ast::Node) -> Result<Engine, String> {
    let written = emit::emit(root, emit::Dialect::Linear);
    let built = regex::RegexBuilder::new(&written).size_limit(SIZE_LIMIT).nest_limit(1000).build();
    built.map(Engine::Linear).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        _ => "the pattern has a property that is not supported here".to_owned(),
    })
}

fn backtracking(root: &ast::Node) -> Result<Engine, String> {
    let written = emit::emit(root, emit::Dialect::Backtracking);
    let mut builder = fancy_regex::RegexBuilder::new(&written);
    builder.backtrack_limit(BACKTRACK_LIMIT).delegate_size_limit(SIZE_LIMIT);
    let built = builder.build().map_err(|_| "the pattern is too large, or looks around in a way not supported here");
    Ok(Engine::Backtracking(Box::new(built?)))
}

#[cfg(test)]
mod tests;
