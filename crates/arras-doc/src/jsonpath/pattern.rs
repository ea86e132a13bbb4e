//! Patterns of `match` and `search`: I-Regexp (RFC 9485), translated and compiled once.

use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use regex::{Regex, RegexBuilder};

/// Memory that one compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;
/// How deep groups may nest.
const MAX_DEPTH: u32 = 64;

/// How much of a string a pattern must cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it: `match`.
    Whole,
    /// Some part of it: `search`.
    Part,
}

/// A compiled pattern.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    coverage: Coverage,
    flags: &'static str,
    /// `None`: matches nothing.
    regex: Option<Regex>,
}

impl Pattern {
    /// Compiles an I-Regexp; `None` if the text is none, or one too large to compile.
    pub fn i_regexp(text: &str, coverage: Coverage) -> Option<Pattern> {
        let regex = compile(&translate(text)?, coverage, "").ok()?;
        Some(Pattern { text: text.to_owned(), coverage, flags: "", regex: Some(regex) })
    }

    /// Compiles a regular expression beyond I-Regexp, such as `\d+`.
    ///
    /// # Errors
    /// If it can't be compiled; one phrase says why.
    pub fn extended(text: &str, coverage: Coverage, flags: &'static str) -> Result<Pattern, String> {
        let regex = compile(text, coverage, flags).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            error => error.to_string().lines().last().unwrap_or("no regular expression").replace("error: ", ""),
        })?;
        Ok(Pattern { text: text.to_owned(), coverage, flags, regex: Some(regex) })
    }

    /// A pattern that matches nothing, as RFC 9535 has it for a text that is no I-Regexp.
    pub fn never(text: &str, coverage: Coverage) -> Pattern {
        Pattern { text: text.to_owned(), coverage, flags: "", regex: None }
    }

    /// Whether it matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The flags as written: empty, or `i`.
    pub fn flags(&self) -> &'static str {
        self.flags
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?}, {:?}, {:?}, {})", self.text, self.coverage, self.flags, self.regex.is_some())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (&self.text, self.coverage, self.flags, self.regex.is_some())
            == (&other.text, other.coverage, other.flags, other.regex.is_some())
    }
}

fn compile(pattern: &str, coverage: Coverage, flags: &str) -> Result<Regex, regex::Error> {
    let enclosed = match coverage {
        Coverage::Whole => format!(r"\A(?:{pattern})\z"),
        Coverage::Part => pattern.to_owned(),
    };
    RegexBuilder::new(&enclosed)
        .case_insensitive(flags.contains('i'))
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .nest_limit(MAX_DEPTH * 2)
        .build()
}

/// An I-Regexp in the syntax of the `regex` crate; `None` if it is none.
fn translate(pattern: &str) -> Option<String> {
    let mut translator = Translator {
        rest: pattern.char_indices().peekable(),
        text: pattern,
        out: String::with_capacity(pattern.len()),
    };
    let mut depth = 0_u32;
    while let Some((_, next)) = translator.rest.next() {
        match next {
            '(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return None;
                }
                translator.out.push_str("(?:");
                continue;
            }
            '|' => {
                translator.out.push('|');
                continue;
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                translator.out.push(')');
            }
            '[' => translator.class()?,
            '.' => translator.out.push_str(r"[^\n\r]"),
            '\\' => translator.escape()?,
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            // The RFC's own mapping leaves these two as they are, and so they anchor.
            '^' | '$' => translator.out.push(next),
            _ => translator.literal(next),
        }
        translator.quantifier()?;
    }
    (depth == 0).then_some(translator.out)
}

struct Translator<'p> {
    rest: Peekable<CharIndices<'p>>,
    text: &'p str,
    out: String,
}

impl Translator<'_> {
    fn eat(&mut self, wanted: char) -> bool {
        self.rest.next_if(|(_, next)| *next == wanted).is_some()
    }

    fn literal(&mut self, character: char) {
        if character.is_ascii() && !character.is_ascii_alphanumeric() {
            self.out.push_str(&format!(r"\x{{{:X}}}", u32::from(character)));
        } else {
            self.out.push(character);
        }
    }

    fn quantifier(&mut self) -> Option<()> {
        match self.rest.peek() {
            Some((_, mark @ ('*' | '+' | '?'))) => {
                self.out.push(*mark);
                self.rest.next();
            }
            Some((_, '{')) => self.range()?,
            _ => {}
        }
        Some(())
    }

    fn range(&mut self) -> Option<()> {
        let start = self.rest.next()?.0;
        let end = self.rest.by_ref().find(|(_, next)| *next == '}')?.0;
        let range = self.text.get(start + 1..end)?;
        let (least, most) = range.split_once(',').unwrap_or((range, range));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !digits(least) || !digits(most) {
            return None;
        }
        self.out.push_str(self.text.get(start..=end)?);
        Some(())
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<()> {
        match self.rest.next()?.1 {
            'n' => self.out.push_str(r"\n"),
            'r' => self.out.push_str(r"\r"),
            't' => self.out.push_str(r"\t"),
            kind @ ('p' | 'P') => self.category(kind)?,
            mark @ ('(' | ')' | '*' | '+' | '-' | '.' | '?' | '[' | '\\' | ']' | '^' | '{' | '|' | '}') => {
                self.literal(mark);
            }
            // Not of the grammar, but the only way to write the dollar sign that the mapping makes an anchor.
            '$' => self.literal('$'),
            _ => return None,
        }
        Some(())
    }

    fn category(&mut self, kind: char) -> Option<()> {
        const CATEGORIES: &str = "L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps \
                                  Z Zl Zp Zs S Sc Sk Sm So C Cc Cf Cn Co";
        let start = self.rest.next().filter(|(_, next)| *next == '{')?.0;
        let end = self.rest.by_ref().find(|(_, next)| *next == '}')?.0;
        let name = self.text.get(start + 1..end)?;
        CATEGORIES.split_ascii_whitespace().any(|category| category == name).then(|| {
            self.out.push('\\');
            self.out.push(kind);
            self.out.push_str(&format!("{{{name}}}"));
        })
    }

    /// What follows an opening bracket, up to and with the closing one.
    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let mut empty = true;
        if self.eat('-') {
            self.literal('-');
            empty = false;
        }
        loop {
            match self.rest.next()?.1 {
                ']' if !empty => break,
                '-' => {
                    self.literal('-');
                    self.rest.next_if(|(_, next)| *next == ']')?;
                    break;
                }
                '[' | ']' => return None,
                '\\' => {
                    let category = matches!(self.rest.peek(), Some((_, 'p' | 'P')));
                    self.escape()?;
                    if !category {
                        self.class_range()?;
                    }
                }
                character => {
                    self.literal(character);
                    self.class_range()?;
                }
            }
            empty = false;
        }
        self.out.push(']');
        Some(())
    }

    /// The rest of `a-z` after `a`, if there is one.
    fn class_range(&mut self) -> Option<()> {
        let mut ahead = self.rest.clone();
        let ranges =
            ahead.next().is_some_and(|(_, next)| next == '-') && ahead.next().is_some_and(|(_, next)| next != ']');
        if !ranges {
            return Some(());
        }
        self.rest.next();
        self.out.push('-');
        match self.rest.next()?.1 {
            '[' | '-' => None,
            '\\' if matches!(self.rest.peek(), Some((_, 'p' | 'P'))) => None,
            '\\' => self.escape(),
            character => {
                self.literal(character);
                Some(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i_regexps_match_as_rfc_9485_says() {
        for (pattern, text, whole, part) in [
            ("a.c", "abc", true, true),
            ("a.c", "a\nc", false, false),
            ("a.c", "xabcx", false, true),
            ("a|b", "ab", false, true),
            ("[a&&b]", "&", true, true),
            ("[^a-c-]", "-", false, false),
            ("[-a]", "-", true, true),
            (r"\p{Lu}{2,}", "ÄÖ", true, true),
            (r"[\p{Nd}x]+", "1x2", true, true),
            (r"a\.c", "abc", false, false),
            ("#x y", "#x y", true, true),
            ("<a>", "<a>", true, true),
            ("", "", true, true),
            ("(a(b)?)*", "aab", true, true),
            ("^ab$", "ab", true, true),
            (r"\^ab\$", "^ab$", true, true),
        ] {
            assert_eq!(Pattern::i_regexp(pattern, Coverage::Whole).expect(pattern).is_match(text), whole, "{pattern}");
            assert_eq!(Pattern::i_regexp(pattern, Coverage::Part).expect(pattern).is_match(text), part, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_i_regexp_is_refused() {
        for pattern in [
            r"\d",
            "a**",
            "a*?",
            "(?:a)",
            "(?i)a",
            "[",
            "[]",
            "[a",
            "a]",
            "(",
            ")",
            "a{",
            "{1}",
            "a{x}",
            "a{,2}",
            "[a-b-c]",
            "[[a]]",
            "\\",
            r"\p{Greek}",
            "*",
            "a{2,1}",
            "a{99999}",
            "(a{999}){999}",
        ] {
            assert!(Pattern::i_regexp(pattern, Coverage::Part).is_none(), "{pattern}");
        }
    }
}
